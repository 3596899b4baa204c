package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.node.StartupException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncarnationTest {
  @TempDir Path directory;

  @Test
  void of_nothingKept_makesNothing() throws IOException {
    assertThat(Incarnation.of(directory).id()).isNotEqualTo(Incarnation.of(directory).id());
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void keep_isThatOfLaterStarts() throws IOException {
    Incarnation first = Incarnation.of(directory);
    first.keep();
    first.keep();
    Incarnation later = Incarnation.of(directory);
    later.keep();
    assertThat(later.id()).isEqualTo(first.id());
  }

  @Test
  void keep_anotherWasFirst_isRefusedAndChangesNothing() throws IOException {
    Incarnation late = Incarnation.of(directory);
    Incarnation first = Incarnation.of(directory);
    first.keep();
    assertThatThrownBy(late::keep)
        .isInstanceOf(StartupException.class)
        .hasMessage("another server uses the metadata directory " + directory);
    assertThat(Incarnation.of(directory).id()).isEqualTo(first.id());
  }

  /** It has seen that none is kept, and is about to write. */
  @Test
  void keep_whileAnotherKeepsIts_writesNothing() throws IOException {
    Incarnation late = Incarnation.of(directory);
    try (FileChannel other =
        FileChannel.open(
            directory.resolve("incarnation.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      assertThat(other.lock().isValid()).isTrue();
      assertThatThrownBy(late::keep).isInstanceOf(StartupException.class);
    }
    assertThat(Files.exists(directory.resolve("incarnation"))).isFalse();
  }
}
