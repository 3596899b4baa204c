package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.recovery.restore.RestorePage;
import io.sluice.recovery.restore.RestoreTerms;
import io.sluice.recovery.restore.Restorer;
import io.sluice.recovery.snapshot.SnapshotCatalog;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.SnapshotReads;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ChecksumAlgorithm;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.ListUploads;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores from one shard into another, over real metadata and with chunks that are names only. */
class ShardToShardTest {
  private static final int SHARDS = 3;
  private static final int MIB = 1 << 20;

  /** Two of them are more than a page copies. */
  private static final int LARGE_PART = 200 * MIB;

  private static final Checksum CHECKSUM =
      Checksum.newBuilder()
          .setAlgorithm(ChecksumAlgorithm.CRC32C)
          .setValue(ByteString.copyFromUtf8("crc!"))
          .build();

  private LiveMetadata live;
  private Bucket source;
  private Bucket target;
  private int chunks;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    live = LiveMetadata.open(directory, SHARDS, Clock.systemUTC());
    source = live.bucket("source", 1);
    target = live.bucket("target", 2);
  }

  @AfterEach
  void close() throws Exception {
    live.close();
  }

  private static ByteString md5(ByteString... content) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      for (ByteString each : content) {
        md5.update(each.toByteArray());
      }
      return ByteString.copyFrom(md5.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  private Part chunked(int size) {
    ByteString chunk = ChunkId.of(0, 2, System.currentTimeMillis(), ++chunks).toByteString();
    return Part.newBuilder()
        .setSize(size)
        .setMd5(md5(chunk))
        .addChecksums(CHECKSUM)
        .addSlices(ChunkSlice.newBuilder().setChunkId(chunk).setLength(size))
        .build();
  }

  private static ObjectVersion.Builder described(Part part) {
    return ObjectVersion.newBuilder()
        .setOwner("eve")
        .setStorageClass("STANDARD_IA")
        .setEtag(hex(part.getMd5()))
        .addAllChecksums(part.getChecksumsList())
        .setHeaders(ObjectHeaders.newBuilder().setContentType("image/jpeg"));
  }

  private void putInline(String key, String text) {
    ByteString data = ByteString.copyFromUtf8(text);
    Part part =
        Part.newBuilder()
            .setInline(true)
            .setSize(data.size())
            .setMd5(md5(data))
            .addChecksums(CHECKSUM)
            .build();
    live.put(
        source,
        PutObject.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setObject(described(part))
            .setPart(part)
            .setInlineData(data));
  }

  private void putChunked(String key, int size) {
    Part part = chunked(size);
    live.put(
        source,
        PutObject.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setObject(described(part))
            .setPart(part));
  }

  /** Numbered 1, 3, 5 … */
  private void putInParts(String key, int... sizes) {
    ByteString keyBytes = ByteString.copyFromUtf8(key);
    CompleteUpload.Builder complete =
        CompleteUpload.newBuilder()
            .setBucketId(source.getId())
            .setKey(keyBytes)
            .setUploadId("u-" + key);
    live.submit(
        1,
        Command.newBuilder()
            .setCreateUpload(
                CreateUpload.newBuilder()
                    .setBucketId(source.getId())
                    .setUpload(
                        MultipartUpload.newBuilder()
                            .setUploadId("u-" + key)
                            .setKey(key)
                            .setOwner("eve")
                            .setHeaders(ObjectHeaders.newBuilder().setContentType("video/mp4")))));
    for (int i = 0; i < sizes.length; i++) {
      Part part = chunked(sizes[i]);
      live.submit(
          1,
          Command.newBuilder()
              .setPutPart(
                  PutPart.newBuilder()
                      .setBucketId(source.getId())
                      .setKey(keyBytes)
                      .setUploadId("u-" + key)
                      .setNumber(2 * i + 1)
                      .setPart(part)));
      complete.addParts(ClientPart.newBuilder().setNumber(2 * i + 1).setEtag(hex(part.getMd5())));
    }
    live.submit(1, Command.newBuilder().setCompleteUpload(complete));
  }

  private BucketMoment snapshot() {
    SnapshotRow made = await(new SnapshotCatalog(live.store()).create("s", "source", 0));
    return await(new SnapshotReads(live.store(), LiveMetadata.LIMIT).bucket(made, "source"));
  }

  private Restorer restorer(StoredAgain copies) {
    return new Restorer(live.store(), copies);
  }

  private RestoreTerms terms(Restorer restorer, boolean overwrite) {
    return new RestoreTerms(overwrite, await(restorer.begin(target)));
  }

  private static RestorePage page(
      Restorer restorer,
      BucketMoment then,
      Bucket target,
      @Nullable ByteString after,
      RestoreTerms terms) {
    return await(restorer.restore(then, target, ByteString.EMPTY, after, 1_000, terms));
  }

  private RestorePage restore(BucketMoment then, StoredAgain copies) {
    Restorer restorer = restorer(copies);
    return page(restorer, then, target, null, terms(restorer, false));
  }

  private static ObjectAnswer withoutPlace(@Nullable ObjectAnswer object) {
    ObjectAnswer.Builder answer = requireNonNull(object).toBuilder();
    answer.getObjectBuilder().clearVersion().clearManifest();
    if (answer.hasManifest() && answer.getManifest().hasWhole()) {
      answer.getManifestBuilder().getWholeBuilder().clearSlices();
    } else if (answer.hasManifest()) {
      answer
          .getManifestBuilder()
          .getPartsBuilder()
          .getPartsBuilderList()
          .forEach(part -> part.clearId());
    }
    return answer.build();
  }

  private void assertRestored(BucketMoment then, String... keys) {
    for (String key : keys) {
      assertThat(withoutPlace(live.object(target, key, null)))
          .as(key)
          .isEqualTo(withoutPlace(live.object(source, key, then)));
    }
  }

  private List<MultipartUpload> uploads() {
    ListUploads list = ListUploads.newBuilder().setBucketId(target.getId()).setMax(10).build();
    return await(
            live.store()
                .query(2, Query.newBuilder().setListUploads(list).build(), LiveMetadata.LIMIT))
        .getUploads()
        .getUploadsList();
  }

  @Test
  void restore_everyKindOfObject_comesWithAllThatIsKnownOfIt() {
    putInline("inline", "text");
    putChunked("chunked", 3 * MIB);
    putInParts("parts", 5 * MIB, 5 * MIB, 100);
    putChunked("empty", 0);
    BucketMoment then = snapshot();
    live.delete(source, "inline");
    live.delete(source, "parts");
    live.put(source, "chunked", "another");
    live.put(source, "new", "new");
    live.put(target, "own", "stays");

    RestorePage done = restore(then, new StoredAgain());
    assertThat(done.restored()).isEqualTo(4);
    assertThat(done.bytes()).isEqualTo(4 + 3 * MIB + 10 * MIB + 100);
    assertThat(done.next()).isNull();
    assertRestored(then, "inline", "chunked", "parts", "empty");
    assertThat(live.text(target, "own", null)).isEqualTo("stays");
    assertThat(live.object(target, "new", null)).isNull();
    assertThat(uploads()).isEmpty();

    StoredAgain again = new StoredAgain();
    assertThat(restore(then, again).restored()).as("a second time").isZero();
    assertThat(again.copied()).isZero();
  }

  @Test
  void restore_objectsThatAreThere_areReplacedOnlyWhenTheyMay_andNeverWhenTheyAreNewer() {
    putInline("k", "then");
    putInline("newer", "then");
    BucketMoment then = snapshot();
    live.put(target, "k", "there");
    Restorer restorer = restorer(new StoredAgain());
    RestorePage careful = page(restorer, then, target, null, terms(restorer, false));
    assertThat(careful.restored()).isEqualTo(1);
    assertThat(careful.left())
        .extracting(each -> each.getKey().toStringUtf8())
        .containsExactly("k");

    RestoreTerms begun = terms(restorer, true);
    live.put(target, "newer", "written since");
    RestorePage all = page(restorer, then, target, null, begun);
    assertThat(all.restored()).isEqualTo(1);
    assertThat(all.changed()).containsExactly(ByteString.copyFromUtf8("newer"));
    assertThat(live.text(target, "k", null)).isEqualTo("then");
    assertThat(live.text(target, "newer", null)).isEqualTo("written since");
  }

  @Test
  void restore_objectWrittenWhileItsBytesAreCopied_isLeftAsItIs() {
    putChunked("chunked", MIB);
    putInParts("parts", 5 * MIB, 5 * MIB);
    BucketMoment then = snapshot();
    Uni<Void> write =
        Uni.createFrom()
            .completionStage(
                () ->
                    CompletableFuture.runAsync(
                        () -> {
                          live.put(target, "chunked", "newer");
                          live.put(target, "parts", "newer");
                        }));
    RestorePage done = restore(then, new StoredAgain().after(write));
    assertThat(done.restored()).isZero();
    assertThat(done.changed()).hasSize(2);
    assertThat(live.text(target, "chunked", null)).isEqualTo("newer");
    assertThat(live.text(target, "parts", null)).isEqualTo("newer");
    assertThat(uploads()).as("what is of no use any more").isEmpty();
  }

  /** Who asked the first time had no answer in time, and asked again. */
  @Test
  void restore_theSameTwiceAtOnce_isRestoredOnce_andNoConflict() {
    putChunked("k", MIB);
    BucketMoment then = snapshot();
    Restorer other = restorer(new StoredAgain());
    RestoreTerms begun = terms(other, false);
    Uni<Void> sooner =
        other
            .restore(then, target, ByteString.EMPTY, null, 1_000, begun)
            .invoke(page -> assertThat(page.restored()).isEqualTo(1))
            .replaceWithVoid();
    Restorer restorer = restorer(new StoredAgain().after(sooner));
    RestorePage done = page(restorer, then, target, null, begun);
    assertThat(done.changed()).isEmpty();
    assertRestored(then, "k");
  }

  /** Each page by another who asks, as when a client or a server died. */
  @Test
  void restore_objectLongerThanAPage_goesOnWhereItWas() {
    putInline("a", "before it");
    putInParts("b", LARGE_PART, LARGE_PART, LARGE_PART, LARGE_PART, 7);
    putInline("c", "behind it");
    BucketMoment then = snapshot();
    RestoreTerms terms = terms(restorer(new StoredAgain()), false);
    List<Long> restored = new ArrayList<>();
    StoredAgain copies = new StoredAgain();
    ByteString after = null;
    do {
      RestorePage page = page(restorer(copies), then, target, after, terms);
      restored.add(page.restored());
      after = page.next();
    } while (after != null);
    assertThat(restored).containsExactly(1L, 0L, 0L, 1L, 1L);
    assertThat(copies.copied()).as("each part once, and the small ones").isEqualTo(5 + 2);
    assertRestored(then, "a", "b", "c");
    assertThat(uploads()).isEmpty();
  }

  @Test
  void restore_objectsLongerThanAPageTogether_areCopiedInSeveral() {
    putChunked("a", LARGE_PART);
    putChunked("b", LARGE_PART);
    BucketMoment then = snapshot();
    Restorer restorer = restorer(new StoredAgain());
    RestoreTerms terms = terms(restorer, false);
    RestorePage first = page(restorer, then, target, null, terms);
    assertThat(first.restored()).isEqualTo(1);
    assertThat(first.next()).isEqualTo(ByteString.copyFromUtf8("a"));
    assertThat(page(restorer, then, target, first.next(), terms).restored()).isEqualTo(1);
    assertRestored(then, "a", "b");
  }

  @Test
  void restore_storedBytesAreOthers_isNamed_andNothingGetsTheName() {
    putInline("inline", "text");
    putInParts("parts", 5 * MIB, 5 * MIB);
    BucketMoment then = snapshot();
    StoredAgain damaged =
        new StoredAgain().changing(part -> part.toBuilder().setMd5(md5(part.getMd5())).build());
    RestorePage page = restore(then, damaged);
    assertThat(page.restored()).isZero();
    assertThat(page.damaged())
        .containsExactlyInAnyOrder(
            ByteString.copyFromUtf8("inline"), ByteString.copyFromUtf8("parts"));
    StoredAgain otherChecksum =
        new StoredAgain()
            .changing(part -> part.toBuilder().setChecksums(0, other(CHECKSUM)).build());
    assertThat(restore(then, otherChecksum).damaged()).hasSize(2);
    assertThat(live.object(target, "inline", null)).isNull();
    assertThat(live.object(target, "parts", null)).isNull();
    assertThat(restore(then, new StoredAgain()).restored()).isEqualTo(2);
    assertRestored(then, "inline", "parts");
  }

  private static Checksum other(Checksum checksum) {
    return checksum.toBuilder().setValue(ByteString.copyFromUtf8("????")).build();
  }

  /** Whoever may write to the bucket may write to its uploads. */
  @Test
  void restore_partWasReplacedBetweenPages_copiesThatOneAgain_andLeavesOutOneOfAnotherNumber() {
    putInParts("k", LARGE_PART, LARGE_PART, LARGE_PART);
    BucketMoment then = snapshot();
    assertThat(restore(then, new StoredAgain()).next()).isEqualTo(ByteString.EMPTY);
    String upload = uploads().get(0).getUploadId();
    for (int number : new int[] {1, 2}) {
      live.submit(
          2,
          Command.newBuilder()
              .setPutPart(
                  PutPart.newBuilder()
                      .setBucketId(target.getId())
                      .setKey(ByteString.copyFromUtf8("k"))
                      .setUploadId(upload)
                      .setNumber(number)
                      .setPart(chunked(LARGE_PART))));
    }
    StoredAgain copies = new StoredAgain();
    RestorePage page = restore(then, copies);
    assertThat(page.damaged()).isEmpty();
    assertThat(page.restored()).isEqualTo(1);
    assertThat(copies.copied()).as("the last one, and the one that was replaced").isEqualTo(2);
    assertThat(uploads()).isEmpty();
    assertRestored(then, "k");
  }

  @Test
  void restore_uploadWasAbortedBetweenPages_copiesAllAgain() {
    putInParts("k", LARGE_PART, LARGE_PART, LARGE_PART);
    BucketMoment then = snapshot();
    restore(then, new StoredAgain());
    live.submit(
        2,
        Command.newBuilder()
            .setAbortUpload(
                AbortUpload.newBuilder()
                    .setBucketId(target.getId())
                    .setKey(ByteString.copyFromUtf8("k"))
                    .setUploadId(uploads().get(0).getUploadId())));
    assertThat(restore(then, new StoredAgain()).next()).isNotNull();
    assertThat(restore(then, new StoredAgain()).restored()).isEqualTo(1);
    assertRestored(then, "k");
  }

  @Test
  void restoreKey_leavesOthersThatBeginWithIt() {
    putInline("k", "1");
    putInline("k1", "2");
    BucketMoment then = snapshot();
    Restorer restorer = restorer(new StoredAgain());
    ByteString key = ByteString.copyFromUtf8("k");
    assertThat(await(restorer.restoreKey(then, target, key, terms(restorer, false))).restored())
        .isEqualTo(1);
    assertRestored(then, "k");
    assertThat(live.object(target, "k1", null)).isNull();
  }

  @Test
  void compare_pagesOfAnyLength_nameEveryDifferenceOnce() {
    for (String key : List.of("a", "b", "d", "e", "f")) {
      putInline(key, key);
    }
    BucketMoment then = snapshot();
    restore(then, new StoredAgain());
    live.delete(target, "b");
    live.put(target, "c", "own");
    live.put(target, "e", "another");
    live.put(target, "g", "own");
    Restorer restorer = restorer(new StoredAgain());
    for (int max = 1; max <= 4; max++) {
      List<String> found = new ArrayList<>();
      ByteString after = ByteString.EMPTY;
      boolean more = true;
      while (more) {
        var page = await(restorer.compare(then, target, ByteString.EMPTY, after, max));
        page.getDifferencesList()
            .forEach(
                each ->
                    found.add(
                        (each.hasBefore() ? "-" : "")
                            + (each.hasAfter() ? "+" : "")
                            + each.getKey().toStringUtf8()));
        after = page.getNext();
        more = page.getTruncated();
      }
      assertThat(found).as("pages of %d", max).containsExactly("-b", "+c", "-+e", "+g");
    }
  }
}
