package io.sluice.metadata.raft;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a shard's log before Ratis does.
 *
 * <p>After a power cut the end of the newest file may hold anything: it was written, but not
 * fsynced, and nobody was told that it is safe. Ratis skips an entry that is cut short, but refuses
 * to start on one with a wrong checksum; and told not to mind, it drops whatever follows, also in
 * the middle of what was acknowledged. So the end is cut here, and damage anywhere else is refused.
 *
 * <p>What tells one from the other: after each fsync the leader appends an entry that says up to
 * where the log was committed. An entry of that kind behind the damage that covers the damaged
 * index proves that this index had been durable, and that it was damaged later. So does a state
 * that had already applied it. In a group of one there is no other copy to take it from.
 *
 * <p>What is found here is fsynced: a process that was killed may have left entries in the page
 * cache only, and Ratis takes what it reads for durable.
 */
final class LogRepair {
  private static final Logger log = LoggerFactory.getLogger(LogRepair.class);
  private static final Pattern NAME = Pattern.compile("log_(?:inprogress_(\\d+)|(\\d+)-(\\d+))");

  private final Path directory;
  private final int shard;
  private long lastTerm;
  private boolean namesMembers;

  /**
   * Looks at one shard.
   *
   * @param directory where Ratis keeps the files of the group's log
   */
  LogRepair(Path directory, int shard) {
    this.directory = directory;
    this.shard = shard;
  }

  /** A log that is damaged where it was acknowledged, or that lacks what the state has. */
  static final class LogDamaged extends IOException {
    private static final long serialVersionUID = 1L;

    LogDamaged(String message) {
      super(message);
    }
  }

  /**
   * What a log that can be used says of its peer.
   *
   * @param lastTerm term of its last entry; 0 when it is empty
   * @param namesMembers whether an entry says who votes
   */
  record Found(long lastTerm, boolean namesMembers) {}

  private record Segment(Path file, long first, OptionalLong last) {}

  /**
   * Cuts a torn end, refuses other damage. Blocks.
   *
   * @param applied index up to which the state is durable; 0 when it is new
   * @param snapshot index up to which the log may have been dropped; 0 when it never was
   * @throws LogDamaged when the shard can't start without losing what was acknowledged
   */
  Found run(long applied, long snapshot) throws IOException {
    List<Segment> segments = withoutPurged(segments(), snapshot);
    long next = segments.isEmpty() ? snapshot + 1 : segments.get(0).first();
    if (next > snapshot + 1) {
      throw damaged(
          "begins at entry " + next + ", but the state is only known to have " + snapshot);
    }
    for (Segment segment : segments) {
      if (segment.first() != next) {
        throw damaged("lacks the entries " + next + " to " + (segment.first() - 1));
      }
      next = check(segment);
    }
    long last = Math.max(next - 1, segments.isEmpty() || next <= snapshot ? snapshot : 0);
    if (applied > last) {
      throw damaged(
          "ends at entry "
              + last
              + ", but the state has already applied "
              + applied
              + ": it was restored from an older copy, or lost");
    }
    if (!segments.isEmpty()) {
      DurableDirectory.sync(directory);
    }
    return new Found(lastTerm, namesMembers);
  }

  /**
   * Ratis drops what a snapshot covers from the newest file to the oldest, so a crash in between
   * leaves old files in front of a gap. They are dropped here if the gap too is covered.
   */
  private List<Segment> withoutPurged(List<Segment> found, long snapshot) throws IOException {
    int from = 0;
    for (int i = 1; i < found.size(); i++) {
      OptionalLong last = found.get(i - 1).last();
      long first = found.get(i).first();
      if (last.isPresent() && last.getAsLong() + 1 < first && first <= snapshot + 1) {
        from = i;
      }
    }
    for (Segment purged : found.subList(0, from)) {
      log.info("Shard {}: {} is left of an unfinished purge", shard, purged.file().getFileName());
      Files.delete(purged.file());
    }
    return found.subList(from, found.size());
  }

  private List<Segment> segments() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<Segment> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Segment segment = segment(file);
        if (segment != null) {
          found.add(segment);
        }
      }
    }
    found.sort(Comparator.comparingLong(Segment::first));
    return found;
  }

  private static @Nullable Segment segment(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.matches()) {
      return null;
    }
    return name.group(1) != null
        ? new Segment(file, Long.parseLong(name.group(1)), OptionalLong.empty())
        : new Segment(
            file, Long.parseLong(name.group(2)), OptionalLong.of(Long.parseLong(name.group(3))));
  }

  /** Checks a file and gives the index that follows it. */
  private long check(Segment segment) throws IOException {
    LogEntries entries = new LogEntries(Files.readAllBytes(segment.file()));
    long next = segment.first();
    int offset = LogEntries.MAGIC.length;
    if (entries.hasMagic()) {
      LogEntries.Entry entry;
      while ((entry = entries.at(offset)) != null && entry.body().getIndex() == next) {
        offset = entry.next();
        next++;
        lastTerm = entry.body().getTerm();
        namesMembers |= entry.body().hasConfigurationEntry();
      }
    } else {
      offset = 0;
    }
    if (segment.last().isPresent()) {
      // A finished file was fsynced before it got its name.
      if (next != segment.last().getAsLong() + 1) {
        throw damaged(segment.file().getFileName() + " is damaged at entry " + next);
      }
    } else if (next == segment.first() || !entries.isBlankFrom(offset)) {
      cut(segment, entries, offset, next);
    }
    if (Files.exists(segment.file())) {
      sync(segment.file());
    }
    return next;
  }

  private void cut(Segment segment, LogEntries entries, int offset, long next) throws IOException {
    LogEntries.Entry later = entries.nextAfter(offset);
    while (later != null) {
      if (provesCommitted(later.body(), next)) {
        throw damaged(
            segment.file().getFileName()
                + " is damaged at entry "
                + next
                + " (byte "
                + offset
                + "), which had been committed");
      }
      later = entries.nextAfter(later.next());
    }
    log.warn(
        "Shard {}: cut {} after entry {}: {} bytes behind it were never acknowledged",
        shard,
        segment.file().getFileName(),
        next - 1,
        entries.size() - offset);
    if (offset <= LogEntries.MAGIC.length) {
      Files.delete(segment.file());
      return;
    }
    try (FileChannel file = FileChannel.open(segment.file(), StandardOpenOption.WRITE)) {
      file.truncate(offset);
    }
  }

  private static boolean provesCommitted(LogEntryProto later, long index) {
    return later.getIndex() > index
        && later.hasMetadataEntry()
        && later.getMetadataEntry().getCommitIndex() >= index;
  }

  private void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private LogDamaged damaged(String what) {
    return new LogDamaged("the log of metadata shard " + shard + " (" + directory + ") " + what);
  }
}
