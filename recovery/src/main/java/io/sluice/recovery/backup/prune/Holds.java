package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Legal holds: a set that has one stays, whatever the rules say. A hold is a small file beside the
 * set's own, {@code sets/ID/hold-8HEX}, under a new name each time, so that nothing is written
 * twice; its text says since when. It goes with the backup when that is copied elsewhere.
 *
 * <p>A hold and a prune don't miss each other, and neither has a step that must be undone for the
 * set to be whole. Who holds writes the hold, then looks for a mark of a prune ({@link
 * GoingMarks}), and then for {@code set.json}; with a mark, or without {@code set.json}, it takes
 * its hold back and fails. A prune writes its mark, then looks for holds, and removes {@code
 * set.json} only when there is none. So let a hold be given. It saw no mark: either that was
 * written later, and then its prune saw the hold; or it had gone again, which a mark does after
 * {@code set.json}, and then that was not there when the hold looked for it last. When both come at
 * once each may see the other: then the set stays and the hold fails, and can be tried again.
 *
 * <p>Blocks.
 */
public final class Holds {
  private static final String PREFIX = "hold-";

  private Holds() {}

  /** Whether a file is a hold. */
  static boolean isHold(String name) {
    return SetFiles.isOfKind(PREFIX, name);
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
   * Holds a set, with a hold of its own: that of another may be taken back in a moment.
   *
   * @throws NoSuchFileException when the set is not there, or went meanwhile; then there is no hold
   * @throws SetIsGoingException when a prune is about to remove it; then there is no hold
   */
  public static void put(BackupFiles files, SetId set, Instant now) throws IOException {
    SetFiles.requireComplete(files, set);
    String text = "{ \"format\": \"sluice-backup-hold\", \"since\": \"" + now + "\" }\n";
    String hold = SetFiles.write(files, set, PREFIX, text.getBytes(StandardCharsets.UTF_8));
    try {
      if (!GoingMarks.of(files, set).isEmpty()) {
        throw new SetIsGoingException(set);
      }
      SetFiles.requireComplete(files, set); // after the mark was looked for: see above
    } catch (IOException refused) {
      try {
        files.delete(hold);
      } catch (IOException stays) {
        refused.addSuppressed(stays);
      }
      throw refused;
    }
  }

  /**
   * Removes the holds of a set; without one there is nothing to do. Also those of a set that is not
   * there any more, which keep its remains.
   *
   * @throws NoSuchFileException when there is neither a hold nor the set
   */
  public static void remove(BackupFiles files, SetId set) throws IOException {
    List<String> holds = SetFiles.ofKind(files, set, PREFIX);
    if (holds.isEmpty()) {
      SetFiles.requireComplete(files, set);
    }
    for (String name : holds) {
      files.delete(name);
    }
  }

  static boolean isHeld(BackupFiles files, SetId set) throws IOException {
    return !SetFiles.ofKind(files, set, PREFIX).isEmpty();
  }
}
