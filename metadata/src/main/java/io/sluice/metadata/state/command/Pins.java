package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.ShardHeader;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The pins of a shard, as they are when a command begins: few enough to be read for each. */
final class Pins {
  /** That hold something. */
  static final int HOLDING_MAX = 1_000;

  /** With those that were removed, whose entries are still to be looked at. */
  static final int MAX = 4_000;

  private final TreeMap<LogPosition, PinRow> byPosition = new TreeMap<>(Positions.ORDER);

  private Pins() {}

  /** Before anything of theirs is changed. */
  static Pins read(Rows rows) {
    Pins pins = new Pins();
    try (RowCursor cursor = rows.scan(Family.PINS, KeyCodec.FIRST, null)) {
      for (; cursor.isValid(); cursor.next()) {
        PinRow pin = Rows.parse(PinRow.parser(), cursor.value());
        pins.byPosition.put(pin.getAt(), pin);
      }
    }
    return pins;
  }

  int count() {
    return byPosition.size();
  }

  long holding() {
    return byPosition.values().stream().filter(pin -> !pin.getRemoved()).count();
  }

  /** One that holds something, by its id; or null. */
  @Nullable PinRow find(String id) {
    return byPosition.values().stream()
        .filter(pin -> !pin.getRemoved() && pin.getId().equals(id))
        .findAny()
        .orElse(null);
  }

  List<PinRow> removed() {
    return byPosition.values().stream().filter(PinRow::getRemoved).toList();
  }

  /** The newest pin that needs what began and ended then; or null. */
  @Nullable PinRow holder(LogPosition began, LogPosition ended) {
    return byPosition.subMap(began, true, ended, false).descendingMap().values().stream()
        .filter(pin -> !pin.getRemoved())
        .findFirst()
        .orElse(null);
  }

  /** Adds one, or changes it. */
  void put(ApplyContext context, PinRow pin) {
    byPosition.put(pin.getAt(), pin);
    context.rows().put(Family.PINS, KeyCodec.position(pin.getAt()), pin);
    summarize(context.header());
  }

  void forget(ApplyContext context, PinRow pin) {
    byPosition.remove(pin.getAt());
    context.rows().delete(Family.PINS, KeyCodec.position(pin.getAt()));
  }

  /** Entries of a removed pin were looked at, up to this key. */
  void examined(ApplyContext context, LogPosition at, ByteString key) {
    PinRow pin = byPosition.get(at);
    if (pin != null) {
      put(context, pin.toBuilder().setExamined(key).build());
    }
  }

  /** One more row is held by a pin. */
  void count(ApplyContext context, PinRow holder, long bytes) {
    PinRow now = Objects.requireNonNull(byPosition.get(holder.getAt()));
    put(
        context,
        now.toBuilder().setObjects(now.getObjects() + 1).setBytes(now.getBytes() + bytes).build());
  }

  private void summarize(ShardHeader.Builder header) {
    List<PinRow> holding = byPosition.values().stream().filter(pin -> !pin.getRemoved()).toList();
    header.setPins(holding.size()).clearNewestPin();
    if (!holding.isEmpty()) {
      header.setNewestPin(holding.get(holding.size() - 1).getAt());
    }
  }
}
