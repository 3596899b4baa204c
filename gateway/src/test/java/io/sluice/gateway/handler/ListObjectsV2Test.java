package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ListObjectsV2Test {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    root.put("/listed");
    Objects.put(
        gateway, "listed", "a", "dir/1", "dir/2", "dir/sub/3", "e e", "z", "../up", "//", "\u00e9");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void listObjectsV2_all_areInByteOrder() {
    Answer answer = root.get("/listed", "list-type=2");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.xml("KeyCount")).isEqualTo("9");
    assertThat(answer.body())
        .containsSubsequence(
            "<Key>../up<", "<Key>//<", "<Key>a<", "<Key>dir/1<", "<Key>e e<", "<Key>z<", "<Key>é<");
    assertThat(answer.body()).doesNotContain("<Owner>");
  }

  @Test
  void listObjectsV2_delimiter_groups() {
    Answer answer = root.get("/listed", "list-type=2&delimiter=%2F&prefix=dir%2F");
    assertThat(answer.body())
        .contains("<Key>dir/1<", "<CommonPrefixes><Prefix>dir/sub/</Prefix></CommonPrefixes>")
        .doesNotContain("<Key>dir/sub/3<", "<Key>a<");
  }

  @Test
  void listObjectsV2_pages_giveEachKeyOnce() {
    StringBuilder keys = new StringBuilder();
    String token = "";
    int pages = 0;
    do {
      Answer page =
          root.get(
              "/listed",
              "list-type=2&delimiter=%2F&max-keys=2"
                  + (token.isEmpty() ? "" : "&continuation-token=" + token));
      assertThat(page.status()).isEqualTo(200);
      keys.append(page.body());
      token = page.xml("NextContinuationToken");
      pages++;
    } while (token != null && pages < 20);
    for (String entry :
        new String[] {"<Prefix>../<", "<Prefix>/<", "<Key>a<", "<Prefix>dir/<", "<Key>z<"}) {
      assertThat(keys.toString().split(entry, -1)).as(entry).hasSize(2);
    }
    assertThat(pages).isEqualTo(4);
  }

  @Test
  void listObjectsV2_startAfterAndOwnerAndEncoding() {
    Answer answer =
        root.get("/listed", "list-type=2&start-after=dir%2F2&fetch-owner=true&encoding-type=url");
    assertThat(answer.body())
        .contains("<Key>e+e<", "<Owner>", "<DisplayName>root<", "<EncodingType>url<")
        .doesNotContain("<Key>dir/2<");
  }

  @Test
  void listObjectsV2_noKeysAsked_isEmptyAndNotTruncated() {
    Answer answer = root.get("/listed", "list-type=2&max-keys=0");
    assertThat(answer.xml("KeyCount")).isEqualTo("0");
    assertThat(answer.xml("IsTruncated")).isEqualTo("false");
  }

  @Test
  void listObjectsV2_badArguments_areInvalidArgument() {
    for (String query :
        new String[] {
          "list-type=2&max-keys=-1",
          "list-type=2&max-keys=many",
          "list-type=2&encoding-type=base64",
          "list-type=2&continuation-token=forged",
          "list-type=3"
        }) {
      Answer answer = root.get("/listed", query);
      assertThat(answer.status()).as(query).isEqualTo(400);
      assertThat(answer.code()).as(query).isEqualTo("InvalidArgument");
    }
  }

  @Test
  void listObjectsV2_noBucket_isNoSuchBucket() {
    assertThat(root.get("/absent-bucket", "list-type=2").code()).isEqualTo("NoSuchBucket");
  }
}
