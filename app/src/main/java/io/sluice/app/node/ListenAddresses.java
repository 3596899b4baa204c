package io.sluice.app.node;

import io.sluice.app.config.ClusterSettings;
import io.sluice.app.config.HostPort;
import io.sluice.app.config.Role;
import io.sluice.app.config.ServerOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a server is going to listen, tried before anything is made on disk: a start that finds a
 * port taken leaves no trace. What takes one in the moments between is found when it is listened
 * on.
 */
public final class ListenAddresses {
  private ListenAddresses() {}

  /**
   * Requires that each can be listened on. Blocks.
   *
   * @throws StartupException for the first that can't
   */
  public static void requireFree(ServerOptions options) {
    of(options).forEach(ListenAddresses::requireFree);
  }

  /** By the options that name them. */
  private static Map<String, HostPort> of(ServerOptions options) {
    Map<String, HostPort> addresses = new LinkedHashMap<>();
    addresses.put("--address", options.address());
    options.cluster().ifPresent(settings -> addAll(addresses, settings));
    return addresses;
  }

  private static void addAll(Map<String, HostPort> addresses, ClusterSettings settings) {
    addresses.put("--internal-address", settings.internal());
    if (settings.has(Role.METADATA)) {
      addresses.put("--raft-address", settings.raft());
    }
    addresses.put("--hazelcast-address", settings.hazelcast());
    addresses.put("--bus-address", settings.bus());
  }

  private static void requireFree(String option, HostPort address) {
    InetSocketAddress resolved = new InetSocketAddress(address.host(), address.port());
    if (resolved.isUnresolved()) {
      return; // whoever listens there says so
    }
    try (ServerSocket socket = new ServerSocket()) {
      // As servers do: connections of the last run that are still closing are no hindrance.
      socket.setReuseAddress(true);
      socket.bind(resolved);
    } catch (BindException e) {
      throw new StartupException(
          "can't listen on "
              + option
              + " "
              + address
              + ": "
              + e.getMessage()
              + "; stop what listens there, or give another "
              + option,
          e);
    } catch (IOException e) {
      throw new StartupException("can't listen on " + option + " " + address + ": " + e, e);
    }
  }
}
