package io.sluice.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

class S3RouterPropertyTest {
  private final S3Router router = new S3Router("s3.example.com");

  @Property(tries = 500)
  void route_arbitraryTarget_isRoutedOrAnS3Error(
      @ForAll @StringLength(max = 40) String path, @ForAll @StringLength(max = 40) String query) {
    SentRequest request =
        new SentRequest("GET", "/" + path.replace('?', '!') + "?" + query)
            .with("host", query + ".s3.example.com");
    try {
      assertThat(router.route(request).operation().method()).isEqualTo(S3Method.GET);
    } catch (S3Exception e) {
      assertThat(e.code().status()).isBetween(400, 499);
    }
  }

  @Property(tries = 500)
  void route_percentSoup_isRoutedOrAnS3Error(
      @ForAll @StringLength(max = 60) @CharRange(from = '%', to = '9') String soup) {
    try {
      RoutedRequest routed = router.route(SentRequest.get("/b/" + soup));
      assertThat(routed.bucket()).isEqualTo("b");
    } catch (S3Exception e) {
      assertThat(e.code()).isEqualTo(S3ErrorCode.INVALID_URI);
    }
  }

  @Property(tries = 500)
  void route_everyByteEscaped_givesTheKeyBack(
      @ForAll @StringLength(min = 1, max = 100) String key) {
    byte[] bytes = key.getBytes(UTF_8);
    String expected = new String(bytes, UTF_8);
    StringBuilder path = new StringBuilder("/b/");
    for (byte b : bytes) {
      path.append(String.format("%%%02x", b & 0xff));
    }
    if (expected.indexOf('\0') < 0) {
      assertThat(router.route(SentRequest.get(path.toString())).key()).isEqualTo(expected);
    }
  }
}
