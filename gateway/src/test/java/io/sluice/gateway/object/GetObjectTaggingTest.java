package io.sluice.gateway.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient.Answer;
import org.junit.jupiter.api.Test;

class GetObjectTaggingTest extends ObjectTest {
  @Test
  void getObjectTagging_object_hasNoTags() {
    put("/bucket/untagged", random(10, 1));
    Answer answer = root.get("/bucket/untagged", "tagging");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains("<Tagging xmlns=").endsWith("<TagSet></TagSet></Tagging>");
  }

  @Test
  void getObjectTagging_missingKey_isNoSuchKey() {
    assertError(root.get("/bucket/missing", "tagging"), 404, "NoSuchKey");
  }

  @Test
  void getObjectTagging_missingBucket_isNoSuchBucket() {
    assertError(root.get("/no-such-bucket/key", "tagging"), 404, "NoSuchBucket");
  }
}
