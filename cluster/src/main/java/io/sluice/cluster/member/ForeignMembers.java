package io.sluice.cluster.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.cluster.Joiner;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/**
 * Members of another cluster at addresses where this node was told to look. Hazelcast itself only
 * logs that, and goes on alone; what it remembers of it has no public interface, so this looks
 * inside (a test notices when that changes).
 */
final class ForeignMembers {
  private ForeignMembers() {}

  /** The first of those addresses where a member of another cluster answered. */
  static Optional<String> among(List<String> addresses, HazelcastInstance hazelcast) {
    if (!(hazelcast instanceof HazelcastInstanceProxy proxy)) {
      return Optional.empty();
    }
    Joiner joiner = proxy.getOriginal().node.getJoiner();
    return joiner == null
        ? Optional.empty()
        : addresses.stream().filter(address -> isForeign(joiner, address)).findFirst();
  }

  private static boolean isForeign(Joiner joiner, String text) {
    try {
      HostPort hostPort = HostPort.parse(text);
      Address address = new Address(hostPort.host(), hostPort.port());
      // An address that did not answer is on that list for a while only, and can be taken off it.
      return joiner.isBlacklisted(address) && !joiner.unblacklist(address);
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
