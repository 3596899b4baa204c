package io.sluice.gateway.http;

import io.sluice.gateway.GatewayOptions.TlsFiles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.FileProps;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the certificate's files and has the server take new ones; connections that are open keep
 * theirs. Files that do not fit together (half-way through a change) leave the old certificate in
 * place, and are tried again when they change. For the server's event loop.
 */
final class TlsReload {
  private static final Logger LOG = LoggerFactory.getLogger(TlsReload.class);

  private final Vertx vertx;
  private final HttpServer server;
  private final TlsFiles files;
  private @Nullable String seen;
  private boolean looking;

  TlsReload(Vertx vertx, HttpServer server, TlsFiles files) {
    this.vertx = vertx;
    this.server = server;
    this.files = files;
  }

  static PemKeyCertOptions pem(TlsFiles files) {
    return new PemKeyCertOptions().setCertPath(files.certificate()).setKeyPath(files.key());
  }

  /** Looks at the files, on a worker; the first look only remembers them. */
  void look() {
    if (looking) {
      return;
    }
    looking = true;
    Future.all(
            List.of(
                vertx.fileSystem().props(files.certificate()),
                vertx.fileSystem().props(files.key())))
        .compose(
            both -> {
              String now = stamp(both.resultAt(0)) + stamp(both.resultAt(1));
              boolean changed = seen != null && !seen.equals(now);
              seen = now;
              return changed ? reload() : Future.succeededFuture();
            })
        .onComplete(
            done -> looking = false,
            failure -> {
              looking = false;
              LOG.warn(
                  "the TLS certificate could not be read again; the old one stays: {}",
                  failure.getCause() == null ? failure.toString() : failure.getCause().toString());
            });
  }

  private Future<Void> reload() {
    ServerSSLOptions options = new ServerSSLOptions();
    options.setKeyCertOptions(pem(files));
    return server
        .updateSSLOptions(options, true)
        .map(
            done -> {
              LOG.info("the TLS certificate was read again");
              return null;
            });
  }

  private static String stamp(FileProps props) {
    return props.lastModifiedTime() + ":" + props.size() + ";";
  }
}
