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
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The epochs of a target, {@code sluice-standby-1/epochs/N.json}: who is the primary of the
 * clusters that meet there. A file is written once, by one cluster, and stays as it is, so whoever
 * looks after it was written sees it.
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

  /** That are logged. */
  private static final int STRAYS_MAX = 100;

  private final BackupTarget target;

  /** The greatest that was read, which never changes. */
  private volatile @Nullable Epoch read;

  /** Names that are none of an epoch, and were said already. Bounded: the first ones alone. */
  private final Set<String> strays = ConcurrentHashMap.newKeySet();

  /**
   * @param target stays the caller's to close
   */
  public Epochs(BackupTarget target) {
    this.target = target;
  }

  /**
   * The greatest epoch: it was there when this was called, or came since. One listing, and one read
   * of a file that was not read before.
   *
   * @return empty when there is none. Who knows of one must not take that for an answer: a disk
   *     that is not mounted has none either
   *     <p>What has no name of an epoch is passed over, and so is a number whose predecessor is not
   *     there: epochs are claimed one after the other.
   * @throws DamagedFileException when it is not what was written
   * @throws NewerFormatException when a newer program wrote it
   */
  public Optional<Epoch> latest() throws IOException {
    long greatest = greatest();
    if (greatest == 0) {
      return Optional.empty();
    }
    Epoch known = read;
    if (known != null && known.number() == greatest) {
      return Optional.of(known);
    }
    Epoch epoch = load(greatest);
    read = epoch;
    return Optional.of(epoch);
  }

  /**
   * Claims an epoch. It is the caller's if what comes back equals it, also when it is claimed again
   * after a failure whose outcome was unknown.
   *
   * @param next its number follows that of {@link #latest}, or is 1
   * @return what has that number: this, or what another was quicker with
   * @throws IllegalArgumentException when there is no epoch before it
   */
  public Epoch claim(Epoch next) throws IOException {
    long before = next.number() - 1;
    if (before > 0) {
      requireThere(before);
    }
    try {
      target.claim(name(next.number()), EpochFile.write(next));
      return next;
    } catch (FileAlreadyExistsException other) {
      return load(next.number());
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

  private void requireThere(long number) throws IOException {
    try {
      load(number);
    } catch (NoSuchFileException gone) {
      throw new IllegalArgumentException("there is no epoch " + number + " in " + target, gone);
    }
  }

  private long greatest() throws IOException {
    Set<Long> numbers = new HashSet<>();
    target.list(
        FOLDER,
        file -> {
          String rest = file.name().substring(FOLDER.length());
          Matcher name = NAME.matcher(rest);
          if (!name.matches()) {
            passOver(rest, "it is not the name of an epoch");
          } else if (numbers.size() < COUNT_MAX) {
            numbers.add(Long.parseLong(name.group(1)));
          }
        });
    if (numbers.size() == COUNT_MAX) {
      throw new DamagedFileException(FOLDER, "has more files than there can be epochs");
    }
    long greatest = 0;
    for (long number : numbers) {
      if (number > 1 && !numbers.contains(number - 1)) {
        passOver(number + ".json", "there is no epoch before it");
      } else {
        greatest = Math.max(greatest, number);
      }
    }
    return greatest;
  }

  private void passOver(String name, String why) {
    boolean isMarker = name.isEmpty(); // of the folder: some tools make one
    if (!isMarker && strays.size() < STRAYS_MAX && strays.add(name)) {
      log.warn("{}{} in {} is passed over: {}", FOLDER, name, target, why);
    }
  }

  private Epoch load(long number) throws IOException {
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
