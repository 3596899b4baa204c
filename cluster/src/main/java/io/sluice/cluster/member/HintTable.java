package io.sluice.cluster.member;

import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.NodeHint;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The newest hint of each other node, by its own sequence and by when it arrived here on a
 * monotonic clock; never by a node's own clock.
 *
 * <p>Anyone can forge hints, so names that the cluster knows have room of their own: a flood of
 * invented ones fills up the strangers' room, and no more. While a node is up, another incarnation
 * of its name is not believed.
 *
 * <p>One thread writes, any may read.
 */
final class HintTable {
  static final int NODES_MAX = 1024;
  static final int STRANGERS_MAX = 256;

  /** What became of a hint. */
  enum Verdict {
    CAME_UP,
    NEWER,
    STALE,
    RIVAL,
    NO_ROOM
  }

  /**
   * What is known of a node.
   *
   * @param hint its newest
   * @param disks of the hint, by id
   * @param arrivedNs when it came, on this process' monotonic clock
   * @param clockMs what the node's wall clock shows when this process' monotonic clock shows 0
   * @param up false when it fell silent since
   */
  record Entry(
      NodeHint hint, Map<String, DiskHint> disks, long arrivedNs, long clockMs, boolean up) {
    static Entry of(NodeHint hint, long nowNs) {
      Map<String, DiskHint> disks = new HashMap<>();
      hint.getDisksList().forEach(disk -> disks.put(disk.getId(), disk));
      return new Entry(hint, Map.copyOf(disks), nowNs, hint.getClockMs() - toMs(nowNs), true);
    }

    String name() {
      return hint.getName();
    }

    Entry withUp(boolean isUp) {
      return new Entry(hint, disks, arrivedNs, clockMs, isUp);
    }

    Entry arrivedAt(long nowNs) {
      return new Entry(hint, disks, nowNs, clockMs, up);
    }
  }

  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private final long silenceNs;

  HintTable(Duration silence) {
    this.silenceNs = silence.toNanos();
  }

  /**
   * @param registered the names that the cluster knows
   */
  Verdict accept(NodeHint hint, Set<String> registered, long nowNs) {
    Entry known = entries.get(hint.getName());
    if (known == null && !hasRoom(hint.getName(), registered)) {
      return Verdict.NO_ROOM;
    }
    if (known != null && known.up()) {
      if (!known.hint().getIncarnation().equals(hint.getIncarnation())) {
        return Verdict.RIVAL;
      }
      if (hint.getSequence() <= known.hint().getSequence()) {
        return Verdict.STALE;
      }
    }
    // A silent node may come back with any sequence: its clock, which the first is made from, may
    // have been set back.
    entries.put(hint.getName(), Entry.of(hint, nowNs));
    return known != null && known.up() ? Verdict.NEWER : Verdict.CAME_UP;
  }

  private boolean hasRoom(String name, Set<String> registered) {
    if (registered.contains(name)) {
      return entries.size() < NODES_MAX + STRANGERS_MAX;
    }
    return strangers(registered) < STRANGERS_MAX;
  }

  private long strangers(Set<String> registered) {
    return entries.keySet().stream().filter(name -> !registered.contains(name)).count();
  }

  /** Marks who was silent for too long, forgets strangers among them, and gives their names. */
  List<String> sweep(Set<String> registered, long nowNs) {
    entries.values().removeIf(entry -> !entry.up() && !registered.contains(entry.name()));
    List<String> silent =
        entries.values().stream()
            .filter(entry -> entry.up() && nowNs - entry.arrivedNs() > silenceNs)
            .map(Entry::name)
            .toList();
    silent.forEach(name -> entries.computeIfPresent(name, (n, entry) -> entry.withUp(false)));
    return silent;
  }

  /** Marks a node as silent at once, if it is that incarnation and up. */
  boolean left(String name, String incarnation) {
    Entry entry = entries.get(name);
    if (entry == null || !entry.up() || !entry.hint().getIncarnation().equals(incarnation)) {
      return false;
    }
    entries.put(name, entry.withUp(false));
    return true;
  }

  /** Counts silence from now on: after this process itself was stopped for a while. */
  void excuseSilence(long nowNs) {
    entries.replaceAll((name, entry) -> entry.up() ? entry.arrivedAt(nowNs) : entry);
  }

  @Nullable Entry get(String name) {
    return entries.get(name);
  }

  Collection<Entry> all() {
    return List.copyOf(entries.values());
  }

  static long toMs(long ns) {
    return TimeUnit.NANOSECONDS.toMillis(ns);
  }
}
