package io.sluice.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.*;

import io.gatling.javaapi.core.Simulation;

/** Users that upload objects of one size, one after the other. */
public class UploadSimulation extends Simulation {

  private final S3Load load = new S3Load();

  {
    setUp(
            scenario("upload")
                .exec(during(load.duration).on(load.put()))
                .injectOpen(atOnceUsers(load.users)))
        .protocols(load.protocol())
        .assertions(global().failedRequests().count().is(0L));
  }

  @Override
  public void before() {
    load.prepare(false);
  }
}
