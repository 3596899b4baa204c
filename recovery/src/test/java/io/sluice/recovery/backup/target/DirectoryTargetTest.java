package io.sluice.recovery.backup.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTargetTest extends BackupTargetContract {
  @TempDir private Path root;

  @Override
  protected BackupTarget openTarget() throws IOException {
    return DirectoryTarget.create(root.resolve("below/target"));
  }

  @Test
  void open_missingDirectory_isNotMade() {
    Path missing = root.resolve("not-mounted");
    assertThatThrownBy(() -> DirectoryTarget.open(missing))
        .isInstanceOf(NotDirectoryException.class);
    assertThat(missing).doesNotExist();
  }

  @Test
  void create_directoryGoneMeanwhile_isNotMadeAgain() throws IOException {
    Path place = Files.createDirectory(root.resolve("mounted"));
    try (BackupTarget opened = DirectoryTarget.open(place)) {
      opened.create("a/first").close();
      Files.move(place, root.resolve("elsewhere"));
      assertThatThrownBy(() -> opened.create("a/second")).isInstanceOf(IOException.class);
      assertThat(place).doesNotExist();
      Files.createDirectory(place);
      assertThatThrownBy(() -> opened.create("a/second")).hasMessageContaining("unmounted");
      assertThatThrownBy(() -> opened.claim("a/third", new byte[1]))
          .hasMessageContaining("unmounted");
      assertThat(place).isEmptyDirectory();
    }
  }

  @Test
  void list_directoryFailsInTheMiddle_isAnIOException() throws IOException {
    write("a/b/file", new byte[1]);
    Path sick = SickDirectory.at(root.resolve("below/target"));
    try (BackupTarget opened = DirectoryTarget.open(sick)) {
      assertThatThrownBy(() -> opened.list("", "", file -> {}))
          .isInstanceOf(IOException.class)
          .hasMessage(SickDirectory.MESSAGE);
      assertThatThrownBy(() -> opened.folders(""))
          .isInstanceOf(IOException.class)
          .hasMessage(SickDirectory.MESSAGE);
    }
  }

  @Test
  void open_url_isThatDirectory() throws IOException {
    try (BackupTarget target = BackupTargets.open("file://" + root)) {
      assertThat(target).hasToString("file://" + root);
    }
    for (String url : new String[] {"file://host/x", "http://x", "x", "file:", "s3://b", "a b"}) {
      assertThatThrownBy(() -> BackupTargets.open(url))
          .as(url)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void clearAbandoned_onlyUnfinishedOnesFromBefore() throws IOException {
    write("a/done", new byte[1]);
    NewFile abandoned = target().create("a/half");
    abandoned.write(ByteBuffer.allocate(1));
    target().clearAbandoned(Instant.EPOCH);
    assertThat(files()).isEqualTo(2);
    target().clearAbandoned(Instant.MAX);
    assertThat(files()).isOne();
    assertThat(list("")).containsExactly(new FileStatus("a/done", 1));
    abandoned.close();
  }

  private long files() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).count();
    }
  }
}
