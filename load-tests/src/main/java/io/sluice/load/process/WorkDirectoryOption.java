package io.sluice.load.process;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a run puts what it needs, on the disk that is measured; a mixin. */
public final class WorkDirectoryOption {
  @Option(
      names = "--work-dir",
      defaultValue = "load-tests/target",
      description = "Where a temporary directory is made (default: ${DEFAULT-VALUE}).")
  private Path directory;

  public WorkDirectoryOption() {
    this(Path.of("load-tests/target"));
  }

  /** One that was chosen already. */
  public WorkDirectoryOption(Path directory) {
    this.directory = directory;
  }

  public Path path() {
    return directory;
  }

  /** Makes a directory in it that is gone after use. */
  public TemporaryDirectory temporary(String prefix) throws IOException {
    return TemporaryDirectory.in(directory, prefix);
  }
}
