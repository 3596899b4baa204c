package io.sluice.metadata.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/**
 * Up to where a shard's state is durable without its log: Ratis replays from here, and may drop
 * what is before. Written after the flush it stands for and before anything is dropped.
 */
final class SnapshotMark {
  private static final String VERSION = "1";

  private final Path file;
  private volatile @Nullable TermIndex latest;

  /** Reads the mark; blocks. */
  SnapshotMark(Path file) throws IOException {
    this.file = file;
    this.latest = Files.exists(file) ? parse(Files.readString(file)) : null;
  }

  /** The newest mark, or null when there never was one. */
  @Nullable TermIndex latest() {
    return latest;
  }

  /** Moves the mark up, durably, unless it is there already. Blocks; any thread. */
  synchronized void raise(TermIndex mark) throws IOException {
    TermIndex before = latest;
    if (before != null && before.compareTo(mark) >= 0) {
      return;
    }
    String text = VERSION + " " + mark.getTerm() + " " + mark.getIndex() + "\n";
    DurableFile.replace(file, text);
    latest = mark;
  }

  private TermIndex parse(String text) throws IOException {
    String[] words = text.strip().split(" ", -1);
    try {
      if (words.length == 3 && words[0].equals(VERSION)) {
        return TermIndex.valueOf(Long.parseLong(words[1]), Long.parseLong(words[2]));
      }
    } catch (NumberFormatException e) {
      throw new IOException(file + " is damaged: '" + text.strip() + "'", e);
    }
    throw new IOException(file + " is damaged or of a newer format: '" + text.strip() + "'");
  }
}
