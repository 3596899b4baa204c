package io.sluice.app.cluster;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * A file of one line in the metadata directory. Blocks.
 *
 * @param directory made when the line is first written
 */
record KeptLine(Path directory, String name) {
  Path file() {
    return directory.resolve(name);
  }

  /** Empty when it was never written. */
  Optional<String> read() throws IOException {
    Path file = file();
    return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
  }

  /** Durably, all of it or nothing. */
  void write(String line) throws IOException {
    DurableDirectory.create(directory, DurableDirectory::sync);
    Path draft = directory.resolve(name + ".new");
    Files.writeString(draft, line + "\n");
    DurableDirectory.sync(draft);
    Files.move(draft, file(), StandardCopyOption.ATOMIC_MOVE);
    DurableDirectory.sync(directory);
  }
}
