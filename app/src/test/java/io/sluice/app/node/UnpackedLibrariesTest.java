package io.sluice.app.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

class UnpackedLibrariesTest {
  @TempDir Path directory;

  @Test
  @EnabledOnOs(OS.LINUX)
  void remove_loadedLibrary_fileIsGoneAndTheLibraryWorks() throws Exception {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath().normalize();
    RocksDB.loadLibrary();
    List<Path> loaded = UnpackedLibraries.mapped(temporary);

    UnpackedLibraries.remove();

    assertThat(loaded).isNotEmpty().allSatisfy(library -> assertThat(library).doesNotExist());
    assertThat(UnpackedLibraries.mapped(temporary)).isEmpty();
    try (Options options = new Options().setCreateIfMissing(true);
        RocksDB opened = RocksDB.open(options, directory.toString())) {
      opened.put(new byte[] {1}, new byte[] {2});
      assertThat(opened.get(new byte[] {1})).containsExactly(2);
    }
  }
}
