package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.target.NewFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Legal holds: a set that has one stays, whatever the rules say. A hold is a small file beside the
 * set's own, {@code sets/ID/hold-8HEX}, under a new name each time, so that nothing is written
 * twice; its text says since when. It goes with the backup when that is copied elsewhere.
 *
 * <p>Blocks.
 */
public final class Holds {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String PREFIX = "hold-";

  private Holds() {}

  /** Whether a file is a hold. */
  static boolean isHold(String name) {
    return name.startsWith(PREFIX, name.lastIndexOf('/') + 1);
  }

  /** The sets that have one. */
  public static Set<SetId> list(BackupFiles files) throws IOException {
    Set<SetId> held = new TreeSet<>();
    files.list(
        "sets/",
        file -> {
          if (isHold(file.name())) {
            SetFiles.setOf(file.name()).ifPresent(held::add);
          }
        });
    return held;
  }

  /**
   * Holds a set.
   *
   * @throws NoSuchFileException when the set is not there, or went meanwhile; then there is no hold
   */
  public static void put(BackupFiles files, SetId set, Instant now) throws IOException {
    SetFiles.requireComplete(files, set);
    if (!of(files, set).isEmpty()) {
      return;
    }
    byte[] random = new byte[4];
    RANDOM.nextBytes(random);
    String name = set.folder() + PREFIX + HexFormat.of().formatHex(random);
    try (NewFile file = files.createPlain(name)) {
      String text = "{ \"format\": \"sluice-backup-hold\", \"since\": \"" + now + "\" }\n";
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      file.commit();
    }
    try {
      SetFiles.requireComplete(files, set); // else a prune was quicker: see Prune.remove
    } catch (NoSuchFileException gone) {
      files.delete(name);
      throw gone;
    }
  }

  /** Removes the holds of a set; without one there is nothing to do. */
  public static void remove(BackupFiles files, SetId set) throws IOException {
    SetFiles.requireComplete(files, set);
    for (String name : of(files, set)) {
      files.delete(name);
    }
  }

  static boolean isHeld(BackupFiles files, SetId set) throws IOException {
    return !of(files, set).isEmpty();
  }

  private static List<String> of(BackupFiles files, SetId set) throws IOException {
    List<String> names = new ArrayList<>();
    files.list(set.folder() + PREFIX, file -> names.add(file.name()));
    return names;
  }
}
