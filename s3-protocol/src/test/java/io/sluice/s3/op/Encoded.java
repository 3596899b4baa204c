package io.sluice.s3.op;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3Response;

/** What an output encoded to. */
final class Encoded {
  private Encoded() {}

  static String body(S3Response response) {
    assertThat(response.headers()).containsEntry("Content-Type", "application/xml");
    return UTF_8.decode(response.body().duplicate()).toString();
  }
}
