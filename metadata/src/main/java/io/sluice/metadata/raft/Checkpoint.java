package io.sluice.metadata.raft;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * What the copy of a shard's state says of itself, in a file beside the state's own.
 *
 * @param position of the last command that is in it
 */
record Checkpoint(String cluster, int shard, int epoch, TermIndex position) {
  /** The name of the file. */
  static final String FILE = "sluice-checkpoint";

  private static final int FORMAT = 1;

  /** Where a state stands to which nothing was ever applied; there are no files of it then. */
  static final TermIndex NOTHING = TermIndex.valueOf(0, 0);

  /** Writes the file, durably. Blocks. */
  void write(Path directory) throws IOException {
    DurableFile.replace(
        directory.resolve(FILE),
        "format=%d\ncluster=%s\nshard=%d\nepoch=%d\nterm=%d\nindex=%d\n"
            .formatted(FORMAT, cluster, shard, epoch, position.getTerm(), position.getIndex()));
  }

  /**
   * Reads the file. Blocks.
   *
   * @throws IOException when it isn't there, or not of a format that is known
   */
  static Checkpoint read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    Properties fields = new Properties();
    fields.load(new StringReader(Files.readString(file, StandardCharsets.UTF_8)));
    try {
      if (Integer.parseInt(fields.getProperty("format", "")) != FORMAT) {
        throw new IOException(file + " was written by another version");
      }
      return new Checkpoint(
          fields.getProperty("cluster", ""),
          Integer.parseInt(fields.getProperty("shard", "")),
          Integer.parseInt(fields.getProperty("epoch", "")),
          TermIndex.valueOf(
              Long.parseLong(fields.getProperty("term", "")),
              Long.parseLong(fields.getProperty("index", ""))));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is damaged", e);
    }
  }
}
