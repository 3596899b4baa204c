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
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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
 * also when the numbers up to it are claimed later. Where one is missing below another, nothing is
 * said at all: whoever took the one before the gap for the greatest would claim what others have.
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
  private static final int COUNT_MAX = 10_000;

  /** That are told. */
  private static final int STRAYS_MAX = 100;

  private final BackupTarget target;
  private final Known known;

  /**
   * What is known of a place from one look to the next, also of one that failed half-way; for as
   * many as look there. From then on a smaller greatest than was seen is no answer.
   */
  public static final class Known {
    /** The number of the greatest that was seen to count; 0: none was. */
    private final AtomicLong greatest = new AtomicLong();

    /** By number, of those that were read: at most {@link #COUNT_MAX}. */
    private final Map<Long, EpochLink> links = new ConcurrentHashMap<>();

    /** Names that are none of an epoch that counts, and why. Bounded: the first ones alone. */
    private volatile SortedMap<String, String> strays = new TreeMap<>();

    /** What was asked for last. */
    private volatile @Nullable Takeover takeover;

    /** What was asked for last. */
    private volatile @Nullable Overtaking overtaking;
  }

  /**
   * The last one by which a cluster took over.
   *
   * @param upTo the greatest epoch that was looked at
   * @param sum of that one
   * @param epoch null: none up to there
   */
  private record Takeover(UUID cluster, long upTo, String sum, @Nullable Epoch epoch) {}

  /**
   * How a cluster was overtaken.
   *
   * @param known to that cluster, of epochs
   * @param sum of the greatest epoch
   */
  private record Overtaking(UUID cluster, long known, String sum, Successor by) {}

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
   * The greatest epoch: it was there when this was called, or came since. One listing, a read of
   * the greatest, and one of each before it that was not read yet.
   *
   * @return empty when there is none. Who knows of one must not take that for an answer: a disk
   *     that is not mounted has none either
   *     <p>What has no name of an epoch is passed over, and so is what does not follow the one
   *     before it.
   * @throws DamagedFileException when the greatest is not what was written, or one is missing below
   *     it
   * @throws NewerFormatException when a newer program wrote it
   * @throws IOException also when a greater one was seen before
   */
  public Optional<Epoch> latest() throws IOException {
    long seen = known.greatest.get();
    SortedMap<String, String> strays = new TreeMap<>();
    long end = end(strays);
    Optional<Epoch> latest = end == 0 ? Optional.empty() : Optional.of(counting(end, strays));
    tell(strays);
    long number = latest.map(Epoch::number).orElse(0L);
    if (number < seen) {
      known.links.clear();
      throw new IOException(
          "epoch %d was in %s, and is not any more: is it the right place, and mounted?"
              .formatted(seen, target));
    }
    known.greatest.accumulateAndGet(number, Math::max);
    return latest;
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
   * @throws UnreadableEpochException when one can't be read that may be it
   */
  public Optional<Epoch> takeover(UUID cluster) throws IOException {
    long greatest = latest().map(Epoch::number).orElse(0L);
    Takeover seen = known.takeover;
    // Another place may have as many by now: what was read stands for as long as its sum does.
    if (seen == null || !seen.cluster().equals(cluster) || !seen.sum().equals(sum(seen.upTo()))) {
      seen = new Takeover(cluster, 0, "", null);
    }
    Epoch found = null;
    Epoch next = null;
    for (long number = greatest; number > seen.upTo() && found == null; number--) {
      next = unlessAnothers(number, next, cluster);
      found = next != null && next.isTakeover() && next.cluster().equals(cluster) ? next : null;
    }
    if (greatest > seen.upTo()) {
      seen = new Takeover(cluster, greatest, sum(greatest), found == null ? seen.epoch() : found);
      known.takeover = seen;
    }
    return Optional.ofNullable(seen.epoch());
  }

  /**
   * An epoch that may be the takeover of a cluster; null when it can't be read, and is known to be
   * another's: who is the primary already claims only after an epoch of its own.
   *
   * @param next the one after it; null: not known
   */
  private @Nullable Epoch unlessAnothers(long number, @Nullable Epoch next, UUID cluster)
      throws IOException {
    try {
      return load(number).epoch();
    } catch (DamagedFileException | NewerFormatException e) {
      if (next != null && next.isRenewal() && !next.cluster().equals(cluster)) {
        return null;
      }
      throw new UnreadableEpochException(
          number,
          "%s in %s can't be read, and may be the epoch by which cluster %s took over: put that file"
                  .formatted(name(number), target, cluster)
              + " back, from any copy of the place; without it only a promotion by force is possible"
              + " (%s)".formatted(e.getMessage()),
          e);
    }
  }

  /**
   * Who is the primary in place of a cluster. As {@link #latest}, and reads what is below the
   * greatest, once.
   *
   * @param known the greatest epoch that the cluster knows of here; 0: none
   * @return empty when there is none that is greater, or the greatest is the cluster's own
   */
  public Optional<Successor> successor(UUID cluster, long known) throws IOException {
    Epoch greatest = latest().orElse(null);
    return greatest == null || greatest.number() <= known || greatest.cluster().equals(cluster)
        ? Optional.empty()
        : Optional.of(successor(greatest, cluster, known));
  }

  /**
   * The same, after the greatest was read.
   *
   * @param greatest another cluster's
   */
  Successor successor(Epoch greatest, UUID cluster, long since) throws IOException {
    String sum = sum(greatest.number());
    Overtaking seen = known.overtaking;
    if (seen != null
        && seen.cluster().equals(cluster)
        && seen.known() == since
        && seen.by().epoch().equals(greatest)
        && seen.sum().equals(sum)) {
      return seen.by();
    }
    Set<Long> damaged = new TreeSet<>();
    Successor by = Successor.of(greatest, cluster, since, number -> readable(number, damaged::add));
    if (damaged.isEmpty()) {
      known.overtaking = new Overtaking(cluster, since, sum, by);
    }
    return by;
  }

  private @Nullable Epoch readable(long number, Consumer<Long> damaged) throws IOException {
    try {
      return load(number).epoch();
    } catch (DamagedFileException | NewerFormatException e) {
      log.debug("Nothing is known of epoch {} in {}", number, target, e);
      damaged.accept(number);
      return null;
    }
  }

  /** Of an epoch that was read when the greatest was looked for; empty: of none. */
  private String sum(long number) {
    EpochLink link = known.links.get(number);
    return link == null ? "" : link.sum();
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
    EpochLink previous = before == 0 ? null : there(before).link();
    String name = name(next.number());
    try {
      target.claim(name, EpochFile.write(next, previous == null ? "" : previous.sum()));
      return next;
    } catch (FileAlreadyExistsException taken) {
      EpochFile other = load(next.number());
      if (previous != null && !other.link().follows(previous)) {
        FileAlreadyExistsException stray =
            new FileAlreadyExistsException(
                name,
                null,
                "in %s does not follow epoch %d: remove that file alone, and the next can be claimed"
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

  /** Up to where there are files of all numbers; beyond that there is no epoch. */
  private long end(SortedMap<String, String> strays) throws IOException {
    NavigableSet<Long> numbers = listed(strays);
    long end = 0;
    while (numbers.contains(end + 1)) {
      end++;
    }
    NavigableSet<Long> beyond = numbers.tailSet(end, false);
    if (beyond.size() > STRAYS_MAX) {
      throw missing(end + 1, beyond.first());
    }
    for (long number : beyond) {
      if (isEpoch(number)) {
        throw missing(end + 1, number);
      }
      passOver(strays, number + ".json", "it can't be read, and there is no epoch before it");
    }
    return end;
  }

  private NavigableSet<Long> listed(SortedMap<String, String> strays) throws IOException {
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
    return numbers;
  }

  private boolean isEpoch(long number) throws IOException {
    try {
      EpochFile unused = load(number);
      return true;
    } catch (NewerFormatException e) {
      return true;
    } catch (DamagedFileException e) {
      log.debug("No epoch", e);
      return false;
    }
  }

  /** What fills the gap later may be another's. */
  private DamagedFileException missing(long number, long beyond) {
    known.links.clear();
    return new DamagedFileException(
        name(number),
        "is missing in %s, and %s is there: put the first back, or remove the other if it is of"
                .formatted(target, name(beyond))
            + " another place");
  }

  /**
   * The greatest up to which each follows the one before it. Of those before one that can't be read
   * that can't be told, and is taken to be so. The file at the end is always read: the place may be
   * another one by now, with as many. Those below it are known by their sums.
   */
  private Epoch counting(long end, SortedMap<String, String> strays) throws IOException {
    EpochFile last = greatest(end);
    known.links.put(end, last.link());
    long counts = end;
    EpochLink next = last.link();
    for (long number = end - 1; number > 0; number--) {
      EpochLink before = before(number, next, strays);
      if (before == null) {
        break;
      }
      if (!next.follows(before)) {
        for (long stray = number + 1; stray <= counts; stray++) {
          passOver(strays, stray + ".json", "it does not follow epoch " + number);
        }
        counts = number;
      }
      next = before;
    }
    return counts == end ? last.epoch() : load(counts).epoch();
  }

  private EpochFile greatest(long number) throws IOException {
    try {
      return load(number);
    } catch (DamagedFileException e) {
      DamagedFileException named =
          new DamagedFileException(
              name(number),
              "in %s may be the greatest epoch, and can't be read. If no cluster was promoted by it,"
                      .formatted(target)
                  + " remove that file (%s)".formatted(e.getMessage()));
      named.initCause(e);
      throw named;
    }
  }

  /** The link of an epoch; null when it can't be read. */
  private @Nullable EpochLink before(long number, EpochLink next, SortedMap<String, String> strays)
      throws IOException {
    EpochLink read = known.links.get(number);
    if (read != null && next.follows(read)) {
      return read;
    }
    try {
      EpochLink link = load(number).link();
      known.links.put(number, link);
      return link;
    } catch (DamagedFileException | NewerFormatException e) {
      passOver(strays, number + ".json", "it can't be read; the next is taken to follow it");
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
