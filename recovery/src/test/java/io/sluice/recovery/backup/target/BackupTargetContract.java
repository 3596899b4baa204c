package io.sluice.recovery.backup.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a backup may rely on, whatever the target is. */
public abstract class BackupTargetContract {
  /** Larger than what any target keeps in memory before it sends it. */
  private static final int LARGE = 20 << 20;

  private BackupTarget target;

  /** An empty target. */
  protected abstract BackupTarget openTarget() throws IOException;

  protected final BackupTarget target() {
    return target;
  }

  @BeforeEach
  void open() throws IOException {
    target = openTarget();
  }

  @AfterEach
  void close() throws IOException {
    target.close();
  }

  protected final void write(String name, byte[] bytes) throws IOException {
    try (NewFile file = target.create(name)) {
      file.write(ByteBuffer.wrap(bytes));
      file.commit();
    }
  }

  protected final byte[] read(String name) throws IOException {
    try (StoredFile file = target.open(name)) {
      ByteBuffer all = ByteBuffer.allocate((int) file.size());
      file.read(0, all);
      return all.array();
    }
  }

  protected final List<FileStatus> list(String prefix) throws IOException {
    List<FileStatus> all = new ArrayList<>();
    target.list(prefix, all::add);
    return all;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void commit_inPieces_isReadBackWhole() throws IOException {
    byte[] all = new byte[LARGE];
    new Random(1).nextBytes(all);
    try (NewFile file = target.create("packs/large.pack")) {
      for (int at = 0; at < all.length; at += 700_001) {
        ByteBuffer piece = ByteBuffer.wrap(all, at, Math.min(700_001, all.length - at));
        file.write(piece);
        assertThat(piece.hasRemaining()).isFalse();
      }
      file.commit();
    }
    assertThat(Arrays.equals(read("packs/large.pack"), all)).isTrue();
  }

  @Test
  void commit_reusedBuffer_isNotWrittenAgain() throws IOException {
    byte[] piece = bytes("first");
    try (NewFile file = target.create("a")) {
      file.write(ByteBuffer.wrap(piece));
      Arrays.fill(piece, (byte) 'x');
      file.commit();
    }
    assertThat(read("a")).isEqualTo(bytes("first"));
  }

  @Test
  void commit_noBytes_isAnEmptyFile() throws IOException {
    write("empty", new byte[0]);
    assertThat(read("empty")).isEmpty();
    assertThat(list("")).containsExactly(new FileStatus("empty", 0));
  }

  @Test
  void commit_sameBytesAgain_isFine() throws IOException {
    write("sets/1/set.json", bytes("one"));
    write("sets/1/set.json", bytes("one"));
    assertThat(read("sets/1/set.json")).isEqualTo(bytes("one"));
  }

  @Test
  void commit_otherBytesAreThere_isRefusedAndTheyStay() throws IOException {
    write("sets/1/set.json", bytes("one"));
    for (String other : List.of("two", "longer", "on", "")) {
      assertThatThrownBy(() -> write("sets/1/set.json", bytes(other)))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
    assertThat(read("sets/1/set.json")).isEqualTo(bytes("one"));
  }

  @Test
  void commit_manyAtOnce_oneWins() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> writers =
          Stream.of("a", "b", "c", "d")
              .<Callable<Boolean>>map(
                  text ->
                      () -> {
                        try {
                          write("contested", bytes(text));
                          return true;
                        } catch (FileAlreadyExistsException e) {
                          return false;
                        }
                      })
              .toList();
      int winners = 0;
      for (Future<Boolean> each : threads.invokeAll(writers)) {
        winners += each.get() ? 1 : 0;
      }
      assertThat(winners).isOne();
      assertThat(read("contested")).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void claim_manyAtOnce_oneWins() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> writers =
          Stream.of("a", "b", "c", "d")
              .<Callable<Boolean>>map(
                  text ->
                      () -> {
                        try {
                          target.claim("contested", bytes(text));
                          return true;
                        } catch (FileAlreadyExistsException e) {
                          return false;
                        }
                      })
              .toList();
      int winners = 0;
      for (Future<Boolean> each : threads.invokeAll(writers)) {
        winners += each.get() ? 1 : 0;
      }
      assertThat(winners).isOne();
      target.claim("contested", read("contested")); // again, by the one who has it
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void create_notCommitted_isNotThere() throws IOException {
    try (NewFile file = target.create("half")) {
      file.write(ByteBuffer.wrap(bytes("some")));
      assertThat(list("")).isEmpty();
      assertThatThrownBy(() -> target.open("half")).isInstanceOf(NoSuchFileException.class);
    }
    assertThat(list("")).isEmpty();
    assertThat(target.folders("")).isEmpty();
  }

  @Test
  void create_badName_isRefused() {
    for (String name :
        List.of("", "/a", "a/", "a//b", "..", "a/../b", "a/.b", "a b", "ä", "a".repeat(129))) {
      assertThatThrownBy(() -> target.create(name))
          .as(name)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void read_range_isThatRange() throws IOException {
    write("a", bytes("0123456789"));
    try (StoredFile file = target.open("a")) {
      assertThat(file.size()).isEqualTo(10);
      ByteBuffer into = ByteBuffer.allocate(8).position(2).limit(6);
      file.read(3, into);
      assertThat(into.position()).isEqualTo(6);
      assertThat(new String(into.array(), 2, 4, StandardCharsets.UTF_8)).isEqualTo("3456");
      ByteBuffer direct = ByteBuffer.allocateDirect(3);
      file.read(7, direct);
      assertThat(direct.get(2)).isEqualTo((byte) '9');
    }
  }

  @Test
  void read_beyondTheEnd_isRefused() throws IOException {
    write("a", bytes("0123456789"));
    try (StoredFile file = target.open("a")) {
      assertThatThrownBy(() -> file.read(8, ByteBuffer.allocate(3)))
          .isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> file.read(50, ByteBuffer.allocate(3)))
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  void open_missing_isNoSuchFile() {
    assertThatThrownBy(() -> target.open("sets/none")).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void list_prefix_inTheOrderOfNamesWithSizes() throws IOException {
    List<String> names = List.of("s/a-b", "s/a.b", "s/a/c", "s/B", "s/a0", "t", "s-1/x");
    for (String name : names) {
      write(name, bytes(name));
    }
    assertThat(list(""))
        .containsExactlyElementsOf(
            names.stream().sorted().map(name -> new FileStatus(name, name.length())).toList());
    assertThat(list("s/a").stream().map(FileStatus::name))
        .containsExactly("s/a-b", "s/a.b", "s/a/c", "s/a0");
    assertThat(list("s").stream().map(FileStatus::name)).startsWith("s-1/x", "s/B").hasSize(6);
    assertThat(list("none/")).isEmpty();
  }

  @Test
  void list_after_onlyNamesThatCome_alsoOfAFolderInTheMiddle() throws IOException {
    List<String> names = List.of("s/a-b", "s/a/1", "s/a/2", "s/a0/1", "s/b/1", "t");
    for (String name : names) {
      write(name, bytes(name));
    }
    for (String after : List.of("", "s/", "s/a", "s/a-b", "s/a/", "s/a/1", "s/a0/x", "s/b/1")) {
      List<String> listed = new ArrayList<>();
      target.list("s/", after, file -> listed.add(file.name()));
      assertThat(listed)
          .as("after '%s'", after)
          .isEqualTo(
              names.stream()
                  .filter(name -> name.startsWith("s/") && name.compareTo(after) > 0)
                  .toList());
    }
  }

  @Test
  void folders_onlyThoseDirectlyBelow() throws IOException {
    for (String name : List.of("r/b/1", "r/a/1", "r/a/2/3", "r/file", "other/x")) {
      write(name, bytes("x"));
    }
    assertThat(target.folders("r/")).containsExactly("a", "b");
    assertThat(target.folders("")).containsExactly("other", "r");
    assertThat(target.folders("none/")).isEmpty();
  }

  @Test
  void delete_isGone_andAgainIsFine() throws IOException {
    write("a/b", bytes("x"));
    write("a/c", bytes("y"));
    target.delete("a/b");
    target.delete("a/b");
    target.delete("never/was");
    assertThat(list("").stream().map(FileStatus::name)).containsExactly("a/c");
    write("a/b", bytes("z"));
    assertThat(read("a/b")).isEqualTo(bytes("z"));
  }
}
