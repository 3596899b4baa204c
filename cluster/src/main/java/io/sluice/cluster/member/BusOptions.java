package io.sluice.cluster.member;

import io.sluice.cluster.secret.NodeCertificates;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import java.util.Set;

/** The event bus as nodes use it: at a fixed port, and over mutual TLS, like all they say. */
public final class BusOptions {
  private BusOptions() {}

  /**
   * Who has none of the cluster's certificates gets no further than the handshake.
   *
   * @param host where to listen, and what others are told; empty for that of Hazelcast
   * @param port 0: any that is free
   */
  public static EventBusOptions of(String host, int port, NodeCertificates certificates) {
    EventBusOptions bus = new EventBusOptions();
    if (!host.isEmpty()) {
      bus.setHost(host);
    }
    bus.setPort(port)
        .setSsl(true)
        .setClientAuth(ClientAuth.REQUIRED)
        .setKeyCertOptions(certificates.pemKeyCertOptions())
        .setTrustOptions(certificates.pemTrustOptions());
    bus.setEnabledSecureTransportProtocols(Set.of("TLSv1.3"));
    return bus;
  }
}
