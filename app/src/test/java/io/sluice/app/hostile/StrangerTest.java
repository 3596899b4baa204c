package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.ResourceLevel;
import io.sluice.s3.S3Operation;
import io.sluice.s3.auth.Credentials;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Callers who are nobody, or somebody else; every operation of the table. */
class StrangerTest extends HostileTest {
  private static final Credentials STRANGER =
      new Credentials("STRANGERACCESSKEY000", "stranger-secret-key-00000000000000000000");

  @BeforeAll
  static void addAccount() {
    S3Request request =
        S3Request.post(
            "/_sluice/admin/v1/accounts",
            String.format(
                "{\"name\":\"stranger\",\"accessKey\":\"%s\",\"secretKey\":\"%s\"}",
                STRANGER.accessKeyId(), STRANGER.secretKey()));
    RawResponse response = SERVER.exchange(request);
    assertThat(response.status()).as("%s", response).isBetween(200, 299);
  }

  @BeforeEach
  void storeSomethingToLookFor() {
    store("secret", utf8("secret content"));
  }

  private static Set<S3Operation> implementedInBuckets() {
    Set<S3Operation> inBuckets = EnumSet.copyOf(Operations.IMPLEMENTED);
    inBuckets.removeIf(operation -> operation.level() == ResourceLevel.SERVICE);
    inBuckets.remove(S3Operation.CREATE_BUCKET);
    return inBuckets;
  }

  private static Set<S3Operation> unimplemented() {
    return EnumSet.complementOf(EnumSet.copyOf(Operations.IMPLEMENTED));
  }

  private void assertSecretIsKept() {
    assertThat(SERVER.exchange(S3Request.get(object("secret"))).text()).isEqualTo("secret content");
  }

  @Test
  void everyOperation_anonymous_isAccessDenied() {
    for (S3Operation operation : S3Operation.values()) {
      RawResponse response =
          refused(Operations.request(operation, bucket, "secret").anonymous(), 403, "AccessDenied");
      assertThat(response.text()).doesNotContain("secret content");
    }
    assertSecretIsKept();
  }

  @Test
  void everyOperation_bucketOfAnother_isAccessDenied() {
    for (S3Operation operation : implementedInBuckets()) {
      refused(Operations.request(operation, bucket, "secret").as(STRANGER), 403, "AccessDenied");
    }
    assertSecretIsKept();
  }

  @Test
  void everyOtherOperation_isNotImplemented() {
    for (S3Operation operation : unimplemented()) {
      refused(Operations.request(operation, bucket, "secret"), 501, "NotImplemented");
    }
    assertSecretIsKept();
  }

  @Test
  void everyOtherOperation_bucketOfAnother_isNotImplemented() {
    for (S3Operation operation : unimplemented()) {
      refused(Operations.request(operation, bucket, "secret").as(STRANGER), 501, "NotImplemented");
    }
    assertSecretIsKept();
  }

  @Test
  void copyObject_sourceOfAnother_isAccessDenied() {
    String own = "own-" + bucket.substring(0, 40);
    assertThat(SERVER.exchange(S3Request.of("PUT", "/" + own).as(STRANGER)).status())
        .isEqualTo(200);
    S3Request copy =
        S3Request.of("PUT", "/" + own + "/copy")
            .header("x-amz-copy-source", object("secret"))
            .as(STRANGER);
    refused(copy, 403, "AccessDenied");
    S3Request missing =
        S3Request.of("PUT", "/" + own + "/copy")
            .header("x-amz-copy-source", object("no-such"))
            .as(STRANGER);
    refused(missing, 403, "AccessDenied");
    // Root is no exception: the bucket is the stranger's.
    refused(S3Request.get("/" + own), 403, "AccessDenied");
    refused(S3Request.put("/" + own + "/k", bytes(10)), 403, "AccessDenied");
    assertThat(SERVER.exchange(S3Request.of("DELETE", "/" + own).as(STRANGER)).status())
        .isEqualTo(204);
  }

  @Test
  void createBucket_nameOfAnother_isBucketAlreadyExists() {
    refused(S3Request.of("PUT", "/" + bucket).as(STRANGER), 409, "BucketAlreadyExists");
  }

  @Test
  void listBuckets_another_seesOnlyItsOwn() {
    RawResponse response = SERVER.exchange(S3Request.get("/").as(STRANGER));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).doesNotContain(bucket);
  }

  @ParameterizedTest
  @CsvSource({"GET, /cluster", "POST, /cluster/nodes/n1/drain"})
  void clusterCommands_ofAServerThatIsAlone_sayWhatItIs(String method, String path) {
    RawResponse response = SERVER.exchange(S3Request.of(method, "/_sluice/admin/v1" + path));
    assertThat(response.status()).isEqualTo(409);
    assertThat(response.text()).contains("NotACluster").contains("this server is alone");
  }

  @ParameterizedTest
  @CsvSource({"GET, /heal", "POST, /heal/start"})
  void heal_ofAServerThatIsAlone_saysCalmlyThatThereIsNothingToCompare(String method, String path) {
    RawResponse response = SERVER.exchange(S3Request.of(method, "/_sluice/admin/v1" + path));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).contains("this server is alone").contains("no other copy");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /accounts",
    "POST, /accounts",
    "GET, /accounts/stranger",
    "DELETE, /accounts/stranger",
    "GET, /gc",
    "POST, /gc/start",
    "GET, /scrub",
    "POST, /scrub/start",
    "GET, /cluster",
    "POST, /heal/start",
    "GET, /no-such",
  })
  void adminApi_notRoot_isAccessDenied(String method, String path) {
    S3Request anonymous = S3Request.of(method, "/_sluice/admin/v1" + path).anonymous();
    S3Request stranger = S3Request.of(method, "/_sluice/admin/v1" + path).as(STRANGER);
    S3Request forged =
        S3Request.of(method, "/_sluice/admin/v1" + path)
            .as(new Credentials(S3Request.ROOT.accessKeyId(), "wrong"));
    assertAdminRefusal(anonymous, "AccessDenied");
    assertAdminRefusal(stranger, "AccessDenied");
    assertAdminRefusal(forged, "SignatureDoesNotMatch");
  }

  private void assertAdminRefusal(S3Request request, String code) {
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.exchange(request);
      assertThat(response.status()).as("%s", response).isEqualTo(403);
      assertThat(response.text())
          .contains("\"code\":\"" + code + "\"")
          .contains("\"requestId\":\"" + response.header("x-amz-request-id") + "\"")
          .doesNotContain("secretKey");
      assertSane(connection, response);
    }
  }

  @Test
  void adminApi_badBody_isRefused() {
    for (String body : new String[] {"{", "[]", "x".repeat(100_000)}) {
      try (RawConnection connection = SERVER.connect()) {
        RawResponse response =
            connection.exchange(S3Request.post("/_sluice/admin/v1/accounts", body));
        assertThat(response.status()).as("%s", response).isEqualTo(400);
        assertSane(connection, response);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/_sluice",
    "/_sluice/",
    "/_sluice/health/../admin/v1/accounts",
    "/_sluice/no-such",
    "/%5Fsluice/admin/v1/accounts",
    "//_sluice/admin/v1/accounts",
    "/_sluice//admin/v1/accounts",
  })
  void pathsNearTheAdminApi_anonymous_giveNothing(String path) {
    RawResponse response = SERVER.exchange(S3Request.get(path).anonymous());
    assertThat(response.status()).as("%s", response).isIn(400, 403, 404);
    assertThat(response.text()).doesNotContain("stranger");
  }
}
