package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.InBackup;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Change;
import io.sluice.storage.proto.RowKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives what a command replaced or deleted of rows of {@link InBackup#BY_UNDO} to the history, and
 * names it in the change index. It looks at what the command has changed, whatever command that is,
 * so none can forget it, and a new kind of row has a history as soon as its {@link Family} says so.
 */
public final class UndoRows {
  /** Those whose rows are not all of one kind, and any with rows to be undone. */
  private static final List<Family> WATCHED =
      Arrays.stream(Family.values())
          .filter(family -> family.hasTags() || family.hasUndo())
          .toList();

  private record Replaced(
      RowKind kind, ByteString name, @Nullable ByteString before, boolean isDeleted) {}

  private UndoRows() {}

  /**
   * Once, after the command has made all its changes.
   *
   * @throws RefusedException when a name has a NUL, and would not keep its place in the history
   */
  public static void write(ApplyContext context) throws RefusedException {
    List<Replaced> replaced = new ArrayList<>();
    for (Family family : WATCHED) {
      collect(context.rows(), family, replaced);
    }
    if (!context.isActive(FormatRange.HISTORY)) {
      return;
    }
    History history = new History(context);
    for (Replaced each : replaced) {
      ApplyContext.requireValidKey(each.name());
      history.end(each.kind(), each.name(), each.before());
      Change.Kind kind = each.isDeleted() ? Change.Kind.DELETE : Change.Kind.PUT;
      context.recordChange(kind, each.kind(), each.name());
    }
  }

  private static void collect(Transaction rows, Family family, List<Replaced> into) {
    rows.forEachChange(
        family,
        (key, after) -> {
          RowKind kind = family.undoneKind(key);
          byte[] before = kind == null ? null : rows.before(family, key);
          if (kind != null && !Arrays.equals(before, after)) {
            ByteString name = ByteString.copyFrom(key, 1, key.length - 1);
            ByteString was = before == null ? null : ByteString.copyFrom(before);
            into.add(new Replaced(kind, name, was, after == null));
          }
        });
  }
}
