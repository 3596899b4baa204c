package io.sluice.load.consistency;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Configurations without those that another one makes superfluous. */
final class Frontier {

  private record Place(long state, long done) {}

  private final Map<Place, List<Configuration>> places = new HashMap<>();
  private int size;

  /** Adds it, unless one that can do the same and more is there; whether it was added. */
  boolean add(Configuration configuration) {
    Place place = new Place(configuration.state(), configuration.done());
    List<Configuration> there = places.computeIfAbsent(place, p -> new ArrayList<>(1));
    for (Configuration other : there) {
      if (configuration.usesAllOf(other)) {
        return false;
      }
    }
    int before = there.size();
    there.removeIf(other -> other.usesAllOf(configuration));
    there.add(configuration);
    size += there.size() - before;
    return true;
  }

  List<Configuration> all() {
    return places.values().stream().flatMap(List::stream).toList();
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }
}
