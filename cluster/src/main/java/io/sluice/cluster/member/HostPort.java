package io.sluice.cluster.member;

import java.util.regex.Pattern;

/**
 * An address as people write it.
 *
 * @param host a name or an address; IPv6 without brackets
 * @param port 1 to 65,535
 */
record HostPort(String host, int port) {
  private static final int PORT_MAX = 65_535;
  private static final int LENGTH_MAX = 255;
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]+");

  /**
   * Reads {@code HOST:PORT}, or {@code [IPv6]:PORT}.
   *
   * @throws IllegalArgumentException when it is neither
   */
  static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0 || text.length() > LENGTH_MAX) {
      throw new IllegalArgumentException("'" + text + "' is not HOST:PORT");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException("'" + text + "': an IPv6 address needs [brackets]");
    }
    if (!HOST.matcher(host).matches()) {
      throw new IllegalArgumentException("'" + Printable.of(text) + "' is not HOST:PORT");
    }
    return new HostPort(host, port(text, text.substring(colon + 1)));
  }

  static boolean isValid(String text) {
    try {
      parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static int port(String text, String digits) {
    try {
      int port = Integer.parseInt(digits);
      if (port >= 1 && port <= PORT_MAX) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not HOST:PORT", e);
    }
    throw new IllegalArgumentException("'" + text + "': ports are 1 to " + PORT_MAX);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
