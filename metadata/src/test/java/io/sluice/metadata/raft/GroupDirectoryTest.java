package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a power cut may do to the names in a group's directory. */
class GroupDirectoryTest {
  @TempDir private Path directory;

  /** Ratis' own metadata was durable, the names of its configuration and its log were not. */
  @Test
  void open_groupThatHadNotBegun_isMadeAnew() throws IOException {
    TestNode.open(directory).close();
    for (Path file : named("raft-meta.conf", "log_")) {
      Files.delete(file);
    }

    try (TestNode node = TestNode.open(directory)) {
      node.put(0, "key", "value");
      assertThat(node.get(0, "key")).isEqualTo("value");
    }
  }

  /** Its log names the members too. */
  @Test
  void open_logWithoutConfiguration_keepsWhatWasAcknowledged() throws IOException {
    Path crashed = directory.resolve("crashed");
    try (TestNode node = TestNode.open(directory.resolve("running"))) {
      node.put(0, "key", "value");
      TestNode.copy(directory.resolve("running"), crashed);
    }
    for (Path file : named("raft-meta.conf")) {
      Files.delete(file);
    }

    try (TestNode node = TestNode.open(crashed)) {
      assertThat(node.get(0, "key")).isEqualTo("value");
    }
  }

  @Test
  void clearUnlessBegun_groupWithLog_isKept() throws IOException {
    Path log = Files.createDirectories(directory.resolve("group/current"));
    Files.createFile(log.resolve("log_inprogress_0"));

    assertThat(new GroupDirectory(directory.resolve("group")).clearUnlessBegun()).isFalse();

    assertThat(log.resolve("log_inprogress_0")).exists();
  }

  @Test
  void clearUnlessBegun_noGroup_isNothing() throws IOException {
    assertThat(new GroupDirectory(directory.resolve("group")).clearUnlessBegun()).isFalse();
  }

  private List<Path> named(String... prefixes) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> Stream.of(prefixes).anyMatch(file.getFileName().toString()::startsWith))
          .toList();
    }
  }
}
