package io.sluice.metadata.state;

import static io.sluice.metadata.state.Commands.createUpload;
import static io.sluice.metadata.state.Commands.putInline;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.ListUploads;
import io.sluice.storage.proto.ListVersions;
import io.sluice.storage.proto.ListedObject;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectPage;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.UploadPage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListingTest {
  private static final long SEED = 20261121;
  private static final Comparator<String> BYTE_ORDER =
      Comparator.comparing(
          ByteString::copyFromUtf8, ByteString.unsignedLexicographicalComparator());

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = new Shard(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private void put(String... keys) {
    for (String key : keys) {
      shard.apply(putInline(key, "x"));
    }
  }

  private ObjectPage page(String prefix, String delimiter, String after, int max) {
    return shard
        .ask(
            Queries.objects(
                Queries.listing(prefix, delimiter, max).setStartAfter(Commands.key(after))))
        .getObjects();
  }

  /** Keys and common prefixes, in their common order; the latter in brackets. */
  private static List<String> entries(ObjectPage page) {
    TreeSet<String> sorted = new TreeSet<>(BYTE_ORDER);
    List<String> entries = new ArrayList<>();
    for (ListedObject object : page.getObjectsList()) {
      sorted.add(object.getKey().toStringUtf8());
      assertThat(object.getObject().hasHeaders()).isFalse();
    }
    page.getCommonPrefixesList().forEach(prefix -> sorted.add(prefix.toStringUtf8()));
    for (String entry : sorted) {
      boolean common = page.getCommonPrefixesList().contains(ByteString.copyFromUtf8(entry));
      entries.add(common ? "[" + entry + "]" : entry);
    }
    return entries;
  }

  @Test
  void listObjects_delimiter_rollsUpCommonPrefixes() {
    put("asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla");
    assertThat(entries(page("", "/", "", 1000))).containsExactly("asdf", "[boo/]", "[cquux/]");
    assertThat(entries(page("boo/", "/", "", 1000))).containsExactly("boo/bar", "[boo/baz/]");
    assertThat(entries(page("", "", "", 1000))).hasSize(5);
  }

  @Test
  void listObjects_startAfterACommonPrefix_skipsAllBelow() {
    put("a/1", "a/2", "b");
    assertThat(entries(page("", "/", "a/", 1000))).containsExactly("b");
  }

  @Test
  void listObjects_startAfterInsideACommonPrefix_rollsUpTheRest() {
    put("a/1", "a/2", "b");
    assertThat(entries(page("", "/", "a/1", 1000))).containsExactly("[a/]", "b");
    assertThat(entries(page("", "/", "a/2", 1000))).containsExactly("b");
    assertThat(entries(page("", "", "a/1", 1000))).containsExactly("a/2", "b");
  }

  @Test
  void listObjects_startAfterBeforeOrBehindThePrefix() {
    put("a", "b1", "b2", "c");
    assertThat(entries(page("b", "", "a", 1000))).containsExactly("b1", "b2");
    assertThat(entries(page("b", "", "c", 1000))).isEmpty();
    assertThat(entries(page("b", "", "b", 1000))).containsExactly("b1", "b2");
  }

  @Test
  void listObjects_max_saysExactlyWhetherThereIsMore() {
    put("a", "b", "c");
    assertThat(page("", "", "", 3).getTruncated()).isFalse();
    ObjectPage two = page("", "", "", 2);
    assertThat(two.getTruncated()).isTrue();
    assertThat(two.getNext().toStringUtf8()).isEqualTo("b");
    ObjectPage none = page("", "", "", 0);
    assertThat(none.getObjectsCount()).isZero();
    assertThat(none.getTruncated()).isFalse();
  }

  @Test
  void listObjects_keysAreInByteOrder_andOtherBucketsStayOut() {
    put("ｚ", "𐀀", "a", "A", "a b");
    shard.apply(
        Commands.putObject(
            Commands.put("other", Commands.inline(ByteString.EMPTY)).setBucketId(8)));
    assertThat(entries(page("", "", "", 1000))).containsExactly("A", "a", "a b", "ｚ", "𐀀");
  }

  @Test
  void listObjects_likeAModel() {
    Random random = new Random(SEED);
    TreeSet<String> keys = new TreeSet<>(BYTE_ORDER);
    for (int i = 0; i < 400; i++) {
      keys.add(randomText(random, 1 + random.nextInt(7)));
    }
    keys.forEach(this::put);
    for (int i = 0; i < 600; i++) {
      String prefix = randomText(random, random.nextInt(3));
      String delimiter = random.nextInt(3) == 0 ? "" : random.nextInt(4) == 0 ? "//" : "/";
      int max = 1 + random.nextInt(random.nextBoolean() ? 5 : 1000);
      String after = random.nextInt(3) == 0 ? randomText(random, random.nextInt(5)) : "";
      List<String> expected = model(keys, prefix, delimiter, after);
      List<String> actual = new ArrayList<>();
      String marker = after;
      while (true) {
        ObjectPage page = page(prefix, delimiter, marker, max);
        actual.addAll(entries(page));
        if (!page.getTruncated()) {
          break;
        }
        assertThat(page.getObjectsCount() + page.getCommonPrefixesCount()).isEqualTo(max);
        marker = page.getNext().toStringUtf8();
      }
      assertThat(actual)
          .as(
              "seed %s: prefix %s delimiter %s after %s max %s",
              SEED, prefix, delimiter, after, max)
          .isEqualTo(expected);
    }
  }

  private static String randomText(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append("ab/é/".charAt(random.nextInt(5)));
    }
    return text.toString();
  }

  private static List<String> model(
      Iterable<String> keys, String prefix, String delimiter, String after) {
    List<String> entries = new ArrayList<>();
    for (String key : keys) {
      if (!key.startsWith(prefix)) {
        continue;
      }
      String common = common(key, prefix, delimiter);
      boolean afterIsCommon = after.equals(common(after, prefix, delimiter));
      if ((!after.isEmpty() && BYTE_ORDER.compare(key, after) <= 0)
          || (afterIsCommon && key.startsWith(after))) {
        continue;
      }
      String entry = common == null ? key : "[" + common + "]";
      if (entries.isEmpty() || !entries.get(entries.size() - 1).equals(entry)) {
        entries.add(entry);
      }
    }
    return entries;
  }

  private static String common(String key, String prefix, String delimiter) {
    int at =
        delimiter.isEmpty() || !key.startsWith(prefix)
            ? -1
            : key.indexOf(delimiter, prefix.length());
    return at < 0 ? null : key.substring(0, at + delimiter.length());
  }

  @Test
  void listVersions_givesEachObjectAsItsNullVersion() {
    put("a", "b/1", "c");
    var query =
        ListVersions.newBuilder()
            .setBucketId(Commands.BUCKET)
            .setDelimiter(Commands.key("/"))
            .setMax(1);
    ObjectPage first = shard.ask(Query.newBuilder().setListVersions(query)).getObjects();
    assertThat(first.getObjects(0).getIsLatest()).isTrue();
    assertThat(first.getNextVersionId()).isEqualTo("null");
    query.setKeyMarker(first.getNext()).setVersionIdMarker("null");
    ObjectPage second = shard.ask(Query.newBuilder().setListVersions(query)).getObjects();
    assertThat(entries(second)).containsExactly("[b/]");
    assertThat(second.getNextVersionId()).isEmpty();
    query.setKeyMarker(second.getNext()).clearVersionIdMarker();
    ObjectPage third = shard.ask(Query.newBuilder().setListVersions(query)).getObjects();
    assertThat(entries(third)).containsExactly("c");
    assertThat(third.getTruncated()).isFalse();
  }

  @Test
  void listUploads_pagesByKeyAndId() {
    for (String key : List.of("a", "a/1", "aa")) {
      shard.apply(createUpload(key, "u2"));
      shard.apply(createUpload(key, "u1"));
    }
    List<String> seen = new ArrayList<>();
    ListUploads.Builder query = Queries.uploads(1);
    UploadPage page;
    do {
      page = shard.ask(Query.newBuilder().setListUploads(query)).getUploads();
      page.getUploadsList().forEach(u -> seen.add(u.getKey() + " " + u.getUploadId()));
      query.setKeyMarker(page.getNextKey()).setUploadIdMarker(page.getNextUploadId());
    } while (page.getTruncated());
    assertThat(seen).containsExactly("a u1", "a u2", "a/1 u1", "a/1 u2", "aa u1", "aa u2");

    UploadPage rolledUp =
        shard
            .ask(
                Query.newBuilder()
                    .setListUploads(Queries.uploads(10).setDelimiter(Commands.key("/"))))
            .getUploads();
    assertThat(rolledUp.getCommonPrefixesList()).containsExactly(Commands.key("a/"));
    assertThat(rolledUp.getUploadsCount()).isEqualTo(4);
    UploadPage afterKey =
        shard
            .ask(
                Query.newBuilder()
                    .setListUploads(Queries.uploads(10).setKeyMarker(Commands.key("a"))))
            .getUploads();
    assertThat(afterKey.getUploadsList())
        .extracting(MultipartUpload::getKey)
        .containsExactly("a/1", "a/1", "aa", "aa");
  }

  @Test
  void listParts_pagesByNumber() {
    shard.apply(createUpload("k", "u"));
    for (int number : new int[] {3, 1, 20}) {
      shard.apply(
          Commands.putPart(
              "k", "u", number, Commands.chunked(5, Commands.chunk(Shard.START_MS, number))));
    }
    var first = shard.ask(Queries.parts("k", "u", 0, 2)).getPartPage();
    assertThat(first.getPartsList()).extracting(p -> p.getNumber()).containsExactly(1, 3);
    assertThat(first.getTruncated()).isTrue();
    assertThat(first.getUpload().getUploadId()).isEqualTo("u");
    var second = shard.ask(Queries.parts("k", "u", 3, 2)).getPartPage();
    assertThat(second.getPartsList()).extracting(p -> p.getNumber()).containsExactly(20);
    assertThat(second.getTruncated()).isFalse();
  }
}
