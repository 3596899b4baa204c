package io.sluice.metadata.raft;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a peer of one group remembers besides its log: its term and vote, and who votes.
 *
 * <p>Ratis writes each to a temporary file and renames that over the old one, but also when writing
 * it failed (3.3.0, {@code AtomicFileOutputStream.close}): a full disk leaves an empty file in
 * place of a good one. Then the group does not open any more, with or without room.
 *
 * <p>So who votes is kept a second time. The vote needs no copy: a peer that begins in a term in
 * which it can't have voted yet has forgotten nothing that matters (INVARIANTS 6).
 */
final class VoterRecord {
  /** Ratis' name for who votes, as an entry of the log. */
  static final String CONFIGURATION = "raft-meta.conf";

  private static final Logger log = LoggerFactory.getLogger(VoterRecord.class);
  private static final String VOTE = "raft-meta";
  private static final String CONFIGURATION_COPY = "raft-meta.conf.copy";

  /**
   * More terms than a peer can have seen since the last that its log or its state knows: four
   * elections a second take 34 years for so many.
   */
  static final long TERMS_MAX = 1L << 32;

  /** The term that the last repair chose: it may be damaged again before the log knows of it. */
  private static final String REPAIRED_TERM = "raft-meta.term";

  private final Path directory;

  /**
   * The record of one group.
   *
   * @param directory where Ratis keeps it
   */
  VoterRecord(Path directory) {
    this.directory = directory;
  }

  /** Keeps who votes, durably, beside Ratis' own copy. Blocks. */
  void keepMembers(long term, long index, RaftConfigurationProto members) throws IOException {
    LogEntryProto entry =
        LogEntryProto.newBuilder()
            .setTerm(term)
            .setIndex(index)
            .setConfigurationEntry(members)
            .build();
    DurableFile.replace(directory.resolve(CONFIGURATION_COPY), entry.toByteArray());
  }

  /**
   * Makes good what a full disk did to it, before Ratis reads it. Blocks.
   *
   * @param lastTerm the newest term that the log and the state know
   * @param logNamesMembers whether the log says who votes
   * @throws LogRepair.LogDamaged when nothing says who votes
   * @throws IOException when the disk is still full, or fails
   */
  void repair(long lastTerm, boolean logNamesMembers) throws IOException {
    repairMembers(logNamesMembers);
    if (!hasVote()) {
      long term = Math.max(lastTerm, repairedTerm()) + TERMS_MAX;
      log.warn(
          "{} is damaged, as a full disk leaves it: this peer goes on in term {}, in which it can't"
              + " have voted",
          directory.resolve(VOTE),
          term);
      DurableFile.replace(directory.resolve(REPAIRED_TERM), term + "\n");
      DurableFile.replace(directory.resolve(VOTE), "term=" + term + "\nvotedFor=\n");
    }
  }

  /** How many voted when this peer last heard of it; 0: it never did. Blocks. */
  int voters() throws IOException {
    LogEntryProto members = membersIn(directory.resolve(CONFIGURATION));
    return members == null ? 0 : members.getConfigurationEntry().getPeersCount();
  }

  private long repairedTerm() throws IOException {
    Path file = directory.resolve(REPAIRED_TERM);
    try {
      return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
    } catch (NumberFormatException e) {
      throw new LogRepair.LogDamaged(file + " and the vote are both damaged");
    }
  }

  private void repairMembers(boolean logNamesMembers) throws IOException {
    Path file = directory.resolve(CONFIGURATION);
    Path copy = directory.resolve(CONFIGURATION_COPY);
    LogEntryProto members = membersIn(file);
    LogEntryProto kept = membersIn(copy);
    if (kept != null && (members == null || members.getIndex() < kept.getIndex())) {
      log.warn("{} is damaged or old: it is restored from {}", file, copy.getFileName());
      DurableFile.replace(file, kept.toByteArray());
    } else if (members != null && (kept == null || kept.getIndex() < members.getIndex())) {
      DurableFile.replace(copy, members.toByteArray());
    } else if (members == null && Files.exists(file)) {
      if (!logNamesMembers) {
        throw new LogRepair.LogDamaged(file + " is damaged, and nothing else says who votes");
      }
      log.warn("{} is damaged: the log says who votes", file);
      Files.delete(file);
    }
  }

  /** The entry in a file; null when there is none, or not a whole one. */
  private static @Nullable LogEntryProto membersIn(Path file) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    byte[] content = Files.readAllBytes(file);
    try {
      LogEntryProto entry = LogEntryProto.parseFrom(content);
      return entry.hasConfigurationEntry() ? entry : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** Whether Ratis can read the vote, to its end: a line that was cut short may still be one. */
  private boolean hasVote() throws IOException {
    Path file = directory.resolve(VOTE);
    if (!Files.exists(file)) {
      return false;
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    Properties vote = new Properties();
    try {
      vote.load(new StringReader(text));
      return text.endsWith("\n")
          && vote.getProperty("votedFor") != null
          && Long.parseLong(vote.getProperty("term", "")) >= 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
