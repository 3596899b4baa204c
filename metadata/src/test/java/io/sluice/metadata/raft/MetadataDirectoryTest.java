package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetadataDirectoryTest {
  @TempDir Path directory;

  /** POSIX: the name of a directory is durable when the directory above it was fsynced. */
  @Test
  void open_new_fsyncsWhatHoldsTheNewNames() throws IOException {
    List<Path> synced = new ArrayList<>();
    Path root = directory.resolve("data/metadata");
    try (MetadataDirectory opened = MetadataDirectory.openOrCreate(root, "node", 2, synced::add)) {
      assertThat(opened.state(1)).isDirectory();
    }
    assertThat(synced).contains(directory, directory.resolve("data"), root, root.resolve("state"));
  }
}
