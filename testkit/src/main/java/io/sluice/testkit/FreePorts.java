package io.sluice.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers under test that will be started in a moment. They lie below those that Linux
 * gives to outgoing connections and to whoever asks for any port: one of those may be taken again
 * as soon as it is let go. Each is given once by a process, and processes begin at places of their
 * own. Any thread.
 */
public final class FreePorts {
  private static final int FIRST = 10_000;

  /** Linux's own begin at 32768. */
  private static final int COUNT = 22_000;

  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePorts() {}

  /** One that nobody listens at. */
  public static int one() {
    return row(1);
  }

  /** Some, all different. */
  public static List<Integer> some(int count) {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ports.add(one());
    }
    return ports;
  }

  /** The first of some that lie beside each other. */
  public static int row(int count) {
    for (int attempt = 0; attempt < COUNT; attempt++) {
      int offset = Math.floorMod(NEXT.getAndAdd(count), COUNT);
      if (offset + count <= COUNT && areFree(FIRST + offset, count)) {
        return FIRST + offset;
      }
    }
    throw new IllegalStateException("no port is free");
  }

  private static boolean areFree(int first, int count) {
    for (int port = first; port < first + count; port++) {
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        probe.getLocalPort();
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }
}
