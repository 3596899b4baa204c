package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableDirectoryTest {
  @TempDir Path root;

  private final List<Path> synced = new ArrayList<>();

  @Test
  void create_severalMissing_syncsTheParentOfEach() throws IOException {
    Path deep = root.resolve("a/b/c");
    DurableDirectory.create(deep, synced::add);
    assertThat(deep).isDirectory();
    assertThat(synced)
        .containsExactly(root.getParent(), root, root.resolve("a"), root.resolve("a/b"));
  }

  /** Whatever a start that ended half-way made is durable after the next one. */
  @Test
  void create_endedInTheMiddle_nextOneMakesAllNamesDurable() throws IOException {
    Path deep = root.resolve("a/b/c");
    for (int ends = 0; ends < 4; ends++) {
      Set<Path> durable = new HashSet<>();
      int left = ends;
      AtomicInteger calls = new AtomicInteger();
      DurableDirectory.Sync sync =
          path -> {
            if (calls.getAndIncrement() == left) {
              throw new IOException("the end");
            }
            durable.add(path);
          };
      assertThatThrownBy(() -> DurableDirectory.create(deep, sync)).hasMessage("the end");
      DurableDirectory.create(deep, sync);
      assertThat(durable).contains(root, root.resolve("a"), root.resolve("a/b"));
      for (String made : List.of("a/b/c", "a/b", "a")) {
        Files.delete(root.resolve(made));
      }
    }
  }

  /** The start that made it may have ended before its name was durable. */
  @Test
  void create_thereAlready_syncsItsParent() throws IOException {
    DurableDirectory.create(root, synced::add);
    assertThat(synced).containsExactly(root.getParent());
  }

  @Test
  void create_thereAlreadyInADirectoryOfOthers_isAccepted() {
    assertThatCode(() -> DurableDirectory.create(root, this::denied)).doesNotThrowAnyException();
  }

  @Test
  void create_newAndNotDurable_fails() {
    assertThatThrownBy(() -> DurableDirectory.create(root.resolve("new"), this::denied))
        .isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void create_realFileSystem_isThere() throws IOException {
    DurableDirectory.create(root.resolve("x/y"));
    assertThat(root.resolve("x/y")).isDirectory();
  }

  private void denied(Path directory) throws IOException {
    throw new AccessDeniedException(directory.toString());
  }
}
