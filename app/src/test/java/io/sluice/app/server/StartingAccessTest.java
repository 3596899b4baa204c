package io.sluice.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Blocking;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class StartingAccessTest {
  @Test
  void close_goesWrong_isNoFailureOfTheStart() throws IOException {
    ServerOptions options =
        CommandLine.populateCommand(new ServerOptions(), "--address", "127.0.0.1:0");
    StartingAccess lobby = new StartingAccess(options, Map.of(), Clock.systemUTC(), new Meters());
    Vertx vertx = Vertx.vertx();
    lobby.open(vertx, new byte[64]);
    Blocking.await(vertx.close());
    assertThat(vertx.deploymentIDs()).isEmpty();
    assertThatCode(lobby::close).doesNotThrowAnyException();
  }
}
