package io.sluice.recovery.standby;

import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The epochs of a target, {@code sluice-standby-1/epochs/N.json}: who is the primary of the
 * clusters that meet there. A file is written once, by one cluster, and stays as it is, so whoever
 * looks after it was written sees it. Each names the sum of the one before it, so what came there
 * by another way, as a copy from another place, is told from what was claimed: it does not count,
 * also when the numbers up to it are claimed later.
 *
 * <p>Every method blocks, for as long as the target takes. Safe for use by many threads.
 */
public final class Epochs {
  /** The folder of this format. */
  public static final String FOLDER = "sluice-standby-1/epochs/";

  /** What was written there only to see whether it can be; no reader looks at it. */
  static final String TRIALS = "sluice-standby-1/trials/";

  private static final Logger log = LoggerFactory.getLogger(Epochs.class);
  private static final Pattern NAME = Pattern.compile("([1-9][0-9]{0,14})\\.json");

  /** Epochs of one target: each is somebody's decision. */
  private static final int COUNT_MAX = 100_000;

  /** That are told. */
  private static final int STRAYS_MAX = 100;

  private final BackupTarget target;
  private final Known known;

  /** What is known of a place from one look to the next; for as many as look there. */
  public static final class Known {
    /** The greatest that counts, which never changes. */
    private volatile @Nullable EpochFile greatest;

    /** Names that are none of an epoch that counts, and why. Bounded: the first ones alone. */
    private volatile SortedMap<String, String> strays = new TreeMap<>();

    /** What was asked for last. */
    private volatile @Nullable Takeover takeover;
  }

  /**
   * The last one by which a cluster took over.
   *
   * @param upTo the greatest epoch that was looked at
   * @param epoch null: none up to there
   */
  private record Takeover(UUID cluster, long upTo, @Nullable Epoch epoch) {}

  /**
   * @param target stays the caller's to close
   */
  public Epochs(BackupTarget target) {
    this(target, new Known());
  }

  /**
   * @param target stays the caller's to close
   * @param known of that place
   */
  Epochs(BackupTarget target, Known known) {
    this.target = target;
    this.known = known;
  }

  /**
   * The greatest epoch: it was there when this was called, or came since. One listing, and one read
   * of each file that was not read before.
   *
   * @return empty when there is none. Who knows of one must not take that for an answer: a disk
   *     that is not mounted has none either
   *     <p>What has no name of an epoch is passed over, and so is what does not follow the one
   *     before it.
   * @throws DamagedFileException when the greatest is not what was written
   * @throws NewerFormatException when a newer program wrote it
   */
  public Optional<Epoch> latest() throws IOException {
    SortedMap<String, String> strays = new TreeMap<>();
    long end = listed(strays);
    EpochFile counts = end == 0 ? null : counting(end, strays);
    tell(strays);
    if (counts == null) {
      return Optional.empty();
    }
    known.greatest = counts;
    return Optional.of(counts.epoch());
  }

  /**
   * What was passed over when the greatest was last looked for: names in the folder, and why each
   * does not count.
   */
  public SortedMap<String, String> strays() {
    return Collections.unmodifiableSortedMap(known.strays);
  }

  /**
   * The epoch by which a cluster became the primary, the last time that it did. As {@link #latest},
   * and reads what was not looked at before.
   *
   * @return empty when it never took over from another here
   */
  public Optional<Epoch> takeover(UUID cluster) throws IOException {
    Takeover seen = known.takeover;
    if (seen == null || !seen.cluster().equals(cluster)) {
      seen = new Takeover(cluster, 0, null);
    }
    long greatest = latest().map(Epoch::number).orElse(0L);
    Epoch found = null;
    for (long number = greatest; number > seen.upTo() && found == null; number--) {
      Epoch epoch = load(number).epoch();
      found = epoch.isTakeover() && epoch.cluster().equals(cluster) ? epoch : null;
    }
    if (greatest > seen.upTo()) {
      seen = new Takeover(cluster, greatest, found == null ? seen.epoch() : found);
      known.takeover = seen;
    }
    return Optional.ofNullable(seen.epoch());
  }

  /**
   * Claims an epoch. It is the caller's if what comes back equals it, also when it is claimed again
   * after a failure whose outcome was unknown.
   *
   * @param next its number follows that of {@link #latest}, or is 1
   * @return what has that number: this, or what another was quicker with
   * @throws IllegalArgumentException when there is no epoch before it
   * @throws FileAlreadyExistsException when what has its name does not follow the one before it
   */
  public Epoch claim(Epoch next) throws IOException {
    long before = next.number() - 1;
    String previous = before == 0 ? "" : there(before).sum();
    String name = name(next.number());
    try {
      target.claim(name, EpochFile.write(next, previous));
      return next;
    } catch (FileAlreadyExistsException taken) {
      EpochFile other = load(next.number());
      if (!other.previous().equals(previous)) {
        FileAlreadyExistsException stray =
            new FileAlreadyExistsException(
                name,
                null,
                "in %s does not follow epoch %d: remove it, so that the next can be claimed"
                    .formatted(target, before));
        stray.initCause(taken);
        throw stray;
      }
      return other.epoch();
    }
  }

  /**
   * Tries whether this place keeps what was claimed first, which epochs stand on. What it writes
   * for that it removes, if it may.
   *
   * @throws IOException when it does not; the message is for people
   */
  void tryOut() throws IOException {
    String name = TRIALS + UUID.randomUUID() + ".json";
    target.claim(name, "{}".getBytes(StandardCharsets.UTF_8));
    try {
      target.claim(name, "{ }".getBytes(StandardCharsets.UTF_8));
      throw new IOException(target + " gave one name to two writers: it can't keep epochs");
    } catch (FileAlreadyExistsException kept) {
      log.debug("{} keeps what was first", target);
    }
    try {
      target.delete(name);
    } catch (IOException e) {
      log.debug("{} stays in {}", name, target, e); // an object lock, say
    }
  }

  private EpochFile there(long number) throws IOException {
    try {
      return load(number);
    } catch (NoSuchFileException gone) {
      throw new IllegalArgumentException("there is no epoch " + number + " in " + target, gone);
    }
  }

  /** Up to where there are files of all numbers. */
  private long listed(SortedMap<String, String> strays) throws IOException {
    NavigableSet<Long> numbers = new TreeSet<>();
    target.list(
        FOLDER,
        file -> {
          String rest = file.name().substring(FOLDER.length());
          Matcher name = NAME.matcher(rest);
          if (!name.matches()) {
            passOver(strays, rest, "it is not the name of an epoch");
          } else if (numbers.size() < COUNT_MAX) {
            numbers.add(Long.parseLong(name.group(1)));
          }
        });
    if (numbers.size() == COUNT_MAX) {
      throw new DamagedFileException(FOLDER, "has more files than there can be epochs");
    }
    long end = 0;
    while (numbers.contains(end + 1)) {
      end++;
    }
    for (long number : numbers.tailSet(end, false)) {
      passOver(strays, number + ".json", "there is no epoch before it");
    }
    return end;
  }

  /**
   * The greatest up to which each names the one before it. Of those before one that can't be read
   * that can't be told, and is taken to be so.
   */
  private EpochFile counting(long end, SortedMap<String, String> strays) throws IOException {
    EpochFile read = known.greatest;
    if (read != null && read.epoch().number() == end) {
      return read;
    }
    EpochFile greatest = load(end);
    EpochFile next = greatest;
    while (next.epoch().number() > 1) {
      long number = next.epoch().number() - 1;
      boolean isKnown = read != null && read.epoch().number() == number;
      EpochFile before = isKnown ? read : readable(number);
      if (before == null) {
        return greatest;
      }
      if (!next.previous().equals(before.sum())) {
        for (long stray = number + 1; stray <= greatest.epoch().number(); stray++) {
          passOver(strays, stray + ".json", "it does not follow epoch " + number);
        }
        greatest = before;
      }
      if (isKnown) {
        return greatest;
      }
      next = before;
    }
    return greatest;
  }

  private @Nullable EpochFile readable(long number) throws IOException {
    try {
      return load(number);
    } catch (DamagedFileException | NewerFormatException e) {
      log.warn("What follows epoch {} in {} is taken for granted", number, target, e);
      return null;
    }
  }

  private static void passOver(SortedMap<String, String> strays, String name, String why) {
    boolean isMarker = name.isEmpty(); // of the folder: some tools make one
    if (!isMarker && strays.size() < STRAYS_MAX) {
      strays.put(name, why);
    }
  }

  private void tell(SortedMap<String, String> strays) {
    SortedMap<String, String> told = known.strays;
    known.strays = strays;
    strays.forEach(
        (name, why) -> {
          if (!told.containsKey(name)) {
            log.warn("{}{} in {} is passed over: {}", FOLDER, name, target, why);
          }
        });
  }

  private EpochFile load(long number) throws IOException {
    String name = name(number);
    try (StoredFile file = target.open(name)) {
      if (file.size() > EpochFile.SIZE_MAX) {
        throw new DamagedFileException(name, "is too large");
      }
      byte[] text = new byte[(int) file.size()];
      file.read(0, ByteBuffer.wrap(text));
      return EpochFile.read(name, number, text);
    }
  }

  private static String name(long number) {
    return FOLDER + number + ".json";
  }
}
