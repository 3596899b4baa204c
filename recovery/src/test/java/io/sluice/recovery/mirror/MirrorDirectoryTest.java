package io.sluice.recovery.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.restore.PathNames;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.s3.RemoteObject;
import io.sluice.s3.auth.Digests;
import io.sluice.s3.http.ReplicaMark;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bucket as files. */
class MirrorDirectoryTest {
  private static final Instant THEN = Instant.parse("2020-02-02T02:02:02.222Z");

  /** Pieces that are directories of others, are no names, or are cut because they are long. */
  private static final List<String> KEYS =
      List.of(
          "a",
          "a/b",
          "a/b/c",
          "a/b//d",
          "a-b",
          "a0",
          "a/",
          "b//",
          "b/",
          "/a",
          "//",
          ".",
          "..",
          "../x",
          "a/../b",
          "%",
          "a%2Fb",
          "a%2F",
          "c%/d",
          "ü/日本",
          "\u0001/x",
          "l".repeat(249) + "%q",
          "l".repeat(249) + "ab",
          "l".repeat(249) + "é/x",
          "l".repeat(249) + "a",
          "l".repeat(600),
          "l".repeat(600) + "/x",
          "l".repeat(250),
          "l".repeat(250) + "/");

  @TempDir Path root;

  private MirrorDirectory mirror;

  @BeforeEach
  void open() throws IOException {
    mirror = MirrorDirectory.open(root, "photos", "m");
    mirror.begin(true);
  }

  private static ObjectVersion object(String text) {
    return ObjectVersion.newBuilder()
        .setSize(text.length())
        .setEtag("etag of " + text.length())
        .setLastModifiedMs(THEN.toEpochMilli())
        .setHeaders(ObjectHeaders.newBuilder().setContentType("text/plain"))
        .build();
  }

  private void put(String key, String text) throws IOException {
    try (NewFile file = mirror.create(key, object(text), "origin of " + key)) {
      file.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
      file.commit();
    }
  }

  private void delete(String key) throws IOException {
    assertThat(mirror.delete(key, new RemoteObject(0, THEN, ""))).isTrue();
  }

  private List<String> keys(String below, String after) throws IOException {
    return all(mirror.keys(below, after));
  }

  private static List<String> all(MirrorPlace.Keys keys) throws IOException {
    List<String> found = new ArrayList<>();
    @Nullable String key = keys.next();
    while (key != null) {
      found.add(key);
      key = keys.next();
    }
    return found;
  }

  private static List<String> sorted(List<String> keys) {
    return keys.stream()
        .map(ByteString::copyFromUtf8)
        .sorted(ByteString.unsignedLexicographicalComparator())
        .map(ByteString::toStringUtf8)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void keys_putInAnyOrder_areListedInTheirs_andGoWithoutATrace(long seed) throws IOException {
    List<String> mixed = new ArrayList<>(KEYS);
    Collections.shuffle(mixed, new Random(seed));
    for (String key : mixed) {
      put(key, key);
    }
    assertThat(keys("", "")).isEqualTo(sorted(KEYS));
    for (String key : mixed) {
      RemoteObject found = Objects.requireNonNull(mirror.find(key), key);
      assertThat(found.note()).isEqualTo("origin of " + key);
      assertThat(found.size()).isEqualTo(key.getBytes(UTF_8).length);
      assertThat(keys(key, "")).as("below %s", key).isEqualTo(below(key));
      assertThat(keys("", key)).as("after %s", key).isEqualTo(after(key));
    }
    Collections.shuffle(mixed, new Random(seed));
    for (int i = 0; i < mixed.size(); i++) {
      delete(mixed.get(i));
      assertThat(mirror.find(mixed.get(i))).isNull();
      assertThat(keys("", "")).isEqualTo(sorted(mixed.subList(i + 1, mixed.size())));
    }
    assertThat(mirror.isEmpty()).isTrue();
    try (Stream<Path> left = Files.walk(root)) {
      assertThat(left.filter(file -> file.toString().endsWith(".json"))).isEmpty();
    }
  }

  private static List<String> below(String prefix) {
    return sorted(KEYS.stream().filter(key -> key.startsWith(prefix)).toList());
  }

  private static List<String> after(String last) {
    List<String> sorted = sorted(KEYS);
    return sorted.subList(sorted.indexOf(last) + 1, sorted.size());
  }

  /** A directory of millions of names does not fit into memory. */
  @Test
  void keys_ofMoreNamesThanAreKept_areAllListed() throws IOException {
    for (String key : KEYS) {
      put(key, key);
    }
    Path bucket = root.resolve("photos");
    assertThat(all(new MirrorKeys(bucket, PathNames.ofSystem(), "", "", 2)))
        .isEqualTo(sorted(KEYS));
  }

  /** As in a comparison that sends an object which is called like a directory. */
  @Test
  void keys_ofADirectoryThatGetsAnotherNameMeanwhile_areListed() throws IOException {
    put("a/b/c", "1");
    put("a/x", "2");
    MirrorPlace.Keys keys = mirror.keys("", "");
    assertThat(keys.next()).isEqualTo("a/b/c");
    put("a", "3");
    assertThat(keys.next()).isEqualTo("a/x");
    MirrorPlace.Keys others = mirror.keys("", "");
    assertThat(others.next()).isEqualTo("a");
    put("a/b", "4");
    assertThat(all(others)).containsExactly("a/b", "a/b/c", "a/x");
    assertThat(root.resolve("photos/a%2F/b%2F/c")).hasContent("1");
  }

  @Test
  void file_hasItsBytesAndTime_andTheRestBeside() throws IOException {
    put("2026/ü.txt", "text");
    List<String> names = PathNames.ofSystem().of("2026/ü.txt".getBytes(UTF_8));
    Path file = root.resolve("photos/" + String.join("/", names));
    assertThat(file).hasContent("text");
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(THEN);
    try (Stream<Path> notes = Files.walk(root.resolve("_metadata/photos"))) {
      Path note = notes.filter(each -> each.toString().endsWith(".json")).findFirst().orElseThrow();
      assertThat(Files.readString(note))
          .contains("\"key\":\"2026/ü.txt\"", "\"contentType\":\"text/plain\"", "etag of 4");
    }
  }

  @Test
  void file_thatSomebodyWroteTo_isNotWhatItWas() throws IOException {
    put("a", "text");
    Path file = root.resolve("photos/a");
    Files.writeString(file, "TEXT");
    assertThat(Objects.requireNonNull(mirror.find("a")).note()).isEmpty();
    Files.setLastModifiedTime(file, FileTime.from(THEN));
    Files.writeString(root.resolve("photos/other"), "not ours");
    assertThat(Objects.requireNonNull(mirror.find("other")).note()).isEmpty();
    assertThat(keys("", "")).containsExactly("a", "other");
  }

  @Test
  void file_thatIsNotCommitted_leavesNothing() throws IOException {
    put("a", "text");
    try (NewFile file = mirror.create("a", object("other"), "later")) {
      file.write(ByteBuffer.wrap("oth".getBytes(UTF_8)));
    }
    assertThat(root.resolve("photos/a")).hasContent("text");
    assertThat(root.resolve(".sluice-mirror/m")).isEmptyDirectory();
  }

  /** Or its object is deleted next, and the file stays there for ever as somebody else's. */
  @Test
  void file_whoseNoteWasInterrupted_isKnownAndCanGo() throws IOException {
    put("a", "text");
    Path note = root.resolve("_metadata/photos").resolve(noteOf("a"));
    Files.delete(note);
    Files.createDirectories(note.resolve("in the way"));
    assertThatThrownBy(() -> put("a", "other")).isInstanceOf(IOException.class);
    Files.delete(note.resolve("in the way"));
    Files.delete(note);
    assertThat(root.resolve("photos/a")).hasContent("other");
    assertThat(Objects.requireNonNull(mirror.find("a")).note()).isEqualTo("origin of a");
    delete("a");
    try (Stream<Path> left = Files.list(Objects.requireNonNull(note.getParent()))) {
      assertThat(left).isEmpty();
    }
  }

  /** The file is the old one: with the new note it would be taken for what it is here. */
  @Test
  void file_thatWasNotReplacedInTheEnd_isWhatItWas() throws IOException {
    put("a", "text");
    Path note = root.resolve("_metadata/photos").resolve(noteOf("a"));
    String next = Files.readString(note).replace("origin of a", "newer");
    Files.writeString(Path.of(note.toString().replace(".json", ".next")), next);
    assertThat(Objects.requireNonNull(mirror.find("a")).note()).isEqualTo("origin of a");
  }

  private static String noteOf(String key) {
    String digest = Digests.sha256Hex(key.getBytes(UTF_8));
    return digest.substring(0, 2) + "/" + digest + ".json";
  }

  @Test
  void directory_thatIsNotMounted_isNotWrittenTo() throws IOException {
    put("a", "text");
    Path elsewhere = Files.createDirectory(root.resolve("mount-point"));
    MirrorDirectory unmounted = MirrorDirectory.open(elsewhere, "photos", "m");
    assertThatThrownBy(() -> unmounted.begin(false)).hasMessageContaining("is it mounted?");
    assertThat(elsewhere).isEmptyDirectory();

    Files.delete(root.resolve("_metadata/photos/mirror-names"));
    assertThatThrownBy(() -> put("b", "text")).hasMessageContaining("is it mounted?");
    assertThatThrownBy(() -> delete("a")).hasMessageContaining("is it mounted?");
    assertThatThrownBy(() -> keys("", "")).hasMessageContaining("is it mounted?");
    assertThat(root.resolve("photos/a")).exists();
  }

  @Test
  void link_isNotFollowed() throws IOException {
    Path outside = Files.createDirectory(root.resolve("outside"));
    Files.createSymbolicLink(root.resolve("photos/link"), outside);
    assertThatThrownBy(() -> put("link/a", "text")).isInstanceOf(ObjectProblemException.class);
    assertThat(outside).isEmptyDirectory();
    assertThat(mirror.find("link/a")).isNull();
  }

  /**
   * Killed behind the rename, within two seconds of the object before: by its time it may be
   * either.
   */
  @Test
  void file_thatIsNewWhoseNoteWasNotSettled_isKnownByItsSize() throws IOException {
    String old = ReplicaMark.ending("photos/a", 4, "");
    put("a", "text");
    Path note = root.resolve("_metadata/photos").resolve(noteOf("a"));
    String said = Files.readString(note);
    Files.writeString(note, said.replace("origin of a", "c/1/1.1" + old));
    Files.writeString(
        Path.of(note.toString().replace(".json", ".next")),
        said.replace("origin of a", "c/1/1.2" + ReplicaMark.ending("photos/a", 6, "")));
    assertThat(Objects.requireNonNull(mirror.find("a")).note()).isEqualTo("c/1/1.1" + old);
    Path file = root.resolve("photos/a");
    Files.writeString(file, "texts!");
    Files.setLastModifiedTime(file, FileTime.from(THEN.plusSeconds(1)));
    assertThat(Objects.requireNonNull(mirror.find("a")).note()).startsWith("c/1/1.2/6/");
  }

  /**
   * Root may read everything: run as somebody else, this looks at more than paths that are too
   * long.
   */
  @Test
  void find_whatMayNotBeLookedAt_isOfThatObjectAlone() throws IOException {
    put("private/a", "text");
    put("b", "text");
    Path directory = root.resolve("photos/private");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("---------"));
    try {
      assumeThat(Files.isReadable(directory)).as("this user is root").isFalse();
      assertThatThrownBy(() -> mirror.find("private/a"))
          .isInstanceOf(ObjectProblemException.class)
          .hasMessageContaining("access is denied");
      assertThat(keys("", "")).containsExactly("b");
    } finally {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void find_pathThatIsTooLongThere_isNothing() throws IOException {
    Path place = root;
    while (place.toString().length() < 3_600) {
      place = Files.createDirectory(place.resolve("d".repeat(200)));
    }
    int rest = 3_900 - place.toString().length() - 1;
    place = Files.createDirectory(place.resolve("d".repeat(rest)));
    mirror = MirrorDirectory.open(place, "photos", "m");
    mirror.begin(true);
    assertThat(mirror.find("k".repeat(200))).isNull();
  }

  @Test
  void key_thatIsTooLongThere_isOfThatObjectAlone() {
    String long1024 = "\u0001/".repeat(512);
    Path deep = root.resolve("d".repeat(200)).resolve("d".repeat(200));
    assertThatThrownBy(
            () -> {
              Path place = Files.createDirectories(deep);
              for (int i = 0; i < 12; i++) {
                place = Files.createDirectory(place.resolve("d".repeat(200)));
              }
              mirror = MirrorDirectory.open(place, "photos", "m");
              mirror.begin(true);
              put(long1024, "text");
            })
        .isInstanceOf(ObjectProblemException.class)
        .hasMessageContaining("too long");
  }
}
