package io.sluice.recovery.standby;

import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

  private static final Pattern NAME = Pattern.compile("([1-9][0-9]{0,14})\\.json");

  /** Epochs of one target: each is somebody's decision. */
  private static final int COUNT_MAX = 100_000;

  private final BackupTarget target;

  /** The greatest that was read, which never changes. */
  private volatile @Nullable Epoch read;

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
   * @throws DamagedFileException when it is not what was written, or something else is in its place
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

  private void requireThere(long number) throws IOException {
    try {
      load(number);
    } catch (NoSuchFileException gone) {
      throw new IllegalArgumentException("there is no epoch " + number + " in " + target, gone);
    }
  }

  private long greatest() throws IOException {
    List<FileStatus> files = new ArrayList<>();
    target.list(
        FOLDER,
        file -> {
          if (files.size() < COUNT_MAX) {
            files.add(file);
          }
        });
    if (files.size() == COUNT_MAX) {
      throw new DamagedFileException(FOLDER, "has more files than there can be epochs");
    }
    long greatest = 0;
    for (FileStatus file : files) {
      Matcher name = NAME.matcher(file.name().substring(FOLDER.length()));
      if (!name.matches()) {
        throw new DamagedFileException(file.name(), "is not the file of an epoch");
      }
      greatest = Math.max(greatest, Long.parseLong(name.group(1)));
    }
    return greatest;
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
