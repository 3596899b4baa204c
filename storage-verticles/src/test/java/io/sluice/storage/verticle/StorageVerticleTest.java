package io.sluice.storage.verticle;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class StorageVerticleTest {
  @TempDir Path path;

  private StorageVerticle verticle(java.util.UUID cluster) throws IOException {
    return new StorageVerticle(
        DataDirectory.openOrCreate(path, () -> Chunks.CLUSTER),
        cluster,
        SegmentStoreOptions.defaults().withReserveBytes(0),
        new SimpleMeterRegistry(),
        Clock.systemUTC(),
        id -> {});
  }

  @Test
  void deploy_writeRead_undeploy(Vertx vertx, VertxTestContext context) throws IOException {
    StorageVerticle verticle = verticle(Chunks.CLUSTER);
    var chunk = Chunks.chunk(Chunks.id(1), 100);
    vertx
        .deployVerticle(verticle)
        .compose(
            id ->
                verticle
                    .store()
                    .write(chunk, 1)
                    .compose(written -> verticle.store().read(Chunks.id(1), 0, 1))
                    .onSuccess(frames -> frames.stored().release())
                    .compose(read -> vertx.undeploy(id)))
        .onComplete(
            context.succeeding(
                done ->
                    context.verify(
                        () -> {
                          chunk.release();
                          DataDirectory.openOrCreate(path, () -> Chunks.CLUSTER).close();
                          context.completeNow();
                        })));
  }

  @Test
  void deploy_ofAnotherCluster_fails(Vertx vertx, VertxTestContext context) throws IOException {
    vertx
        .deployVerticle(verticle(new java.util.UUID(9, 9)))
        .onComplete(
            context.failing(
                failure ->
                    context.verify(
                        () -> {
                          assertThat(failure).isInstanceOf(DirectoryRefusedException.class);
                          context.completeNow();
                        })));
  }
}
