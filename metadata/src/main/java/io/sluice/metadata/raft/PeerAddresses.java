package io.sluice.metadata.raft;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.thirdparty.io.grpc.EquivalentAddressGroup;
import org.apache.ratis.thirdparty.io.grpc.NameResolver;
import org.apache.ratis.thirdparty.io.grpc.NameResolverProvider;
import org.apache.ratis.thirdparty.io.grpc.NameResolverRegistry;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Where peers are reached.
 *
 * <p>Ratis dials for ever the address under which it first heard of a peer, and takes a change of
 * the address alone for no change. So its configurations carry a name instead, {@code
 * sluice-peer:///ID}, which gRPC looks up here each time it connects: a peer may move, and one that
 * was made without a network may get one, without any change to the group. The address that a
 * configuration carries beside the name counts until something newer is {@linkplain #put heard}.
 *
 * <p>One for a process, as gRPC's own registry of resolvers is; peer ids are unique everywhere.
 */
final class PeerAddresses {
  private static final String SCHEME = "sluice-peer";

  /**
   * What was heard last from outside, and what configurations say; bounded by the peers there are.
   */
  private static final Map<String, String> HEARD = new ConcurrentHashMap<>();

  private static final Map<String, String> CONFIGURED = new ConcurrentHashMap<>();

  static {
    NameResolverRegistry.getDefaultRegistry().register(new Provider());
  }

  private PeerAddresses() {}

  /** The peer as it stands in a configuration. */
  static RaftPeer named(String peerId, @Nullable String address) {
    RaftPeer.Builder peer =
        RaftPeer.newBuilder()
            .setId(RaftPeerId.valueOf(peerId))
            .setAddress(SCHEME + ":///" + peerId);
    // Ratis' own use of this one is for administrative clients, of which we have none.
    return address == null ? peer.build() : peer.setAdminAddress(address).build();
  }

  /** The address that a configuration has for a peer; null when it has none. */
  static @Nullable String configured(RaftPeer peer) {
    String address = peer.getAdminAddress();
    return address == null || address.isEmpty() ? null : address;
  }

  /** A configuration was seen. */
  static void learn(Iterable<RaftPeer> peers) {
    for (RaftPeer peer : peers) {
      String address = configured(peer);
      if (address != null) {
        CONFIGURED.put(peer.getId().toString(), address);
      }
    }
  }

  /** A configuration was applied. */
  static void learn(RaftConfigurationProto configuration) {
    for (RaftPeerProto peer : configuration.getPeersList()) {
      if (!peer.getAdminAddress().isEmpty()) {
        CONFIGURED.put(RaftPeerId.valueOf(peer.getId()).toString(), peer.getAdminAddress());
      }
    }
  }

  /** A peer says, or is said, to be there now. */
  static void put(String peerId, String address) {
    requireAddress(address);
    HEARD.put(peerId, address);
  }

  static @Nullable String get(String peerId) {
    String heard = HEARD.get(peerId);
    return heard != null ? heard : CONFIGURED.get(peerId);
  }

  /** Refuses what is not {@code host:port}. */
  static void requireAddress(String address) {
    parse(address);
  }

  private static URI parse(String address) {
    URI parsed = URI.create("raft://" + address);
    if (parsed.getHost() == null || parsed.getPort() < 1) {
      throw new IllegalArgumentException("not an address of the form HOST:PORT: " + address);
    }
    return parsed;
  }

  private static final class Provider extends NameResolverProvider {
    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
      if (!SCHEME.equals(target.getScheme())) {
        return null;
      }
      Executor lookups = args.getOffloadExecutor();
      return new Resolver(target.getPath().substring(1), lookups == null ? Runnable::run : lookups);
    }
  }

  private static final class Resolver extends NameResolver {
    private final String peerId;
    private final Executor lookups;
    private @Nullable Listener2 listener;

    Resolver(String peerId, Executor lookups) {
      this.peerId = peerId;
      this.lookups = lookups;
    }

    @Override
    public String getServiceAuthority() {
      return peerId;
    }

    @Override
    public void start(Listener2 told) {
      listener = told;
      refresh();
    }

    @Override
    public void refresh() {
      Listener2 told = listener;
      if (told != null) {
        lookups.execute(() -> resolve(told));
      }
    }

    private void resolve(Listener2 told) {
      String address = get(peerId);
      if (address == null) {
        told.onError(Status.UNAVAILABLE.withDescription("no address is known for " + peerId));
        return;
      }
      URI parsed = parse(address);
      InetSocketAddress found = new InetSocketAddress(parsed.getHost(), parsed.getPort());
      if (found.isUnresolved()) {
        told.onError(Status.UNAVAILABLE.withDescription(address + " can't be looked up"));
        return;
      }
      told.onResult(
          ResolutionResult.newBuilder()
              .setAddressesOrError(
                  org.apache.ratis.thirdparty.io.grpc.StatusOr.fromValue(
                      List.of(new EquivalentAddressGroup(found))))
              .build());
    }

    @Override
    public void shutdown() {
      listener = null;
    }
  }
}
