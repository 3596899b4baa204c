package io.sluice.load.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The first command of somebody who has just cloned this: it builds the program without its tests,
 * which no other build here does.
 */
class FirstCommandIT {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final int MINUTES_MAX = 5;

  @TempDir private Path directory;

  @Test
  void sluice_inSourcesWithoutABuild_buildsAndRuns() throws Exception {
    assertThat(Files.readString(ROOT.resolve("README.md"))).contains("bin/sluice server");
    copySources();
    Path output = directory.resolve("output");
    Process command =
        new ProcessBuilder(directory.resolve("bin/sluice").toString(), "--version")
            .redirectOutput(output.toFile())
            .redirectError(directory.resolve("messages").toFile())
            .start();
    boolean ended = command.waitFor(MINUTES_MAX, TimeUnit.MINUTES);
    command.destroyForcibly();
    assertThat(ended).isTrue();
    assertThat(command.exitValue()).as(Files.readString(directory.resolve("messages"))).isZero();
    assertThat(Files.readString(output)).startsWith("sluice ");
  }

  /** All but what builds have made, and the history. */
  private void copySources() throws IOException {
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path source, BasicFileAttributes attributes)
              throws IOException {
            boolean made =
                source.endsWith("target") && Files.exists(source.resolveSibling("pom.xml"));
            if (made || source.endsWith(".git")) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(copyOf(source));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path source, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile() && !source.endsWith(".git")) {
              Files.copy(source, copyOf(source));
            }
            return FileVisitResult.CONTINUE;
          }

          private Path copyOf(Path source) {
            return directory.resolve(ROOT.relativize(source));
          }
        });
  }
}
