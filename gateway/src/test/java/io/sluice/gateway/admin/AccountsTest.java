package io.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.GatewayOptions;
import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AccountsTest {
  private static final String ACCOUNTS = "/_sluice/admin/v1/accounts";

  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    AdminRoute extra =
        new AdminRoute(
            HttpMethod.POST,
            "/gc/:what",
            call ->
                Uni.createFrom()
                    .item(
                        AdminAnswer.accepted(new JsonObject().put("started", call.path("what")))));
    gateway = TestGateway.start(options -> {}, List.of(extra));
    root = gateway.root();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static Answer add(JsonObject account) {
    return root.request("POST", ACCOUNTS).body(account.encode()).send();
  }

  @Test
  void addAccount_generatesWhatIsNotGiven_andTheKeyWorks() {
    Answer answer = add(new JsonObject().put("name", "alice"));
    assertThat(answer.status()).isEqualTo(201);
    JsonObject account = answer.json();
    assertThat(account.getString("canonicalId")).matches("[0-9a-f]{64}");
    assertThat(account.getString("accessKey")).hasSize(20);
    assertThat(account.getString("secretKey")).hasSize(40);
    S3TestClient alice =
        gateway.client(account.getString("accessKey"), account.getString("secretKey"));
    assertThat(alice.put("/alices").status()).isEqualTo(200);
    assertThat(root.get("/alices").status()).isEqualTo(403);
    assertThat(alice.get(ACCOUNTS).status()).isEqualTo(403);
    Answer shown = root.get(ACCOUNTS + "/alice");
    assertThat(shown.json().getString("name")).isEqualTo("alice");
    assertThat(shown.body()).doesNotContain(account.getString("secretKey"));
    Answer refused = root.delete(ACCOUNTS + "/alice");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.json().getString("code")).isEqualTo("AccountOwnsBuckets");
    assertThat(alice.delete("/alices").status()).isEqualTo(204);
    assertThat(root.delete(ACCOUNTS + "/alice").status()).isEqualTo(204);
    assertThat(alice.get("/").code()).isEqualTo("InvalidAccessKeyId");
  }

  @Test
  void addAccount_withEverythingGiven_isListed() {
    JsonObject bob =
        new JsonObject()
            .put("name", "bob")
            .put("displayName", "Bob Builder")
            .put("email", "bob@example.com")
            .put("canonicalId", "c".repeat(64))
            .put("accessKey", "BOBSKEY1234567890123")
            .put("secretKey", "bobs/secret+1234567890");
    assertThat(add(bob).status()).isEqualTo(201);
    assertThat(add(bob).json().getString("code")).isEqualTo("AccountExists");
    assertThat(
            add(bob.copy().put("name", "bob2").put("canonicalId", "d".repeat(64)))
                .json()
                .getString("code"))
        .isEqualTo("AccessKeyExists");
    Answer list = root.get(ACCOUNTS);
    assertThat(list.status()).isEqualTo(200);
    assertThat(list.body()).contains("Bob Builder", "\"root\":true").doesNotContain("bobs/secret");
    assertThat(gateway.client("BOBSKEY1234567890123", "bobs/secret+1234567890").get("/").body())
        .contains("<DisplayName>Bob Builder</DisplayName>");
  }

  @Test
  void addAccount_badInput_is400() {
    for (JsonObject account :
        List.of(
            new JsonObject(),
            new JsonObject().put("name", ""),
            new JsonObject().put("name", "has blank"),
            new JsonObject().put("name", 7),
            new JsonObject().put("name", "x").put("canonicalId", "short"),
            new JsonObject().put("name", "x").put("accessKey", "ONLYTHEKEY"),
            new JsonObject().put("name", "x").put("email", "nowhere"),
            new JsonObject().put("name", "x").put("displayName", "line\nbreak"))) {
      Answer answer = add(account);
      assertThat(answer.status()).as(account.encode()).isEqualTo(400);
      assertThat(answer.json().getString("code")).isEqualTo("InvalidArgument");
      assertThat(answer.json().getString("requestId")).isNotEmpty();
    }
    assertThat(root.request("POST", ACCOUNTS).body("[not json").send().status()).isEqualTo(400);
    assertThat(root.request("POST", ACCOUNTS).body("x".repeat(200_000)).send().status())
        .isEqualTo(400);
    assertThat(add(new JsonObject().put("name", "root")).status()).isEqualTo(409);
  }

  @Test
  void unsignedOrForgedCall_isRefused() {
    assertThat(root.request("GET", ACCOUNTS).unsigned().send().status()).isEqualTo(403);
    assertThat(gateway.client(TestGateway.ROOT_KEY, "wrong").get(ACCOUNTS).status()).isEqualTo(403);
    Answer tampered =
        root.request("POST", ACCOUNTS).body("{}").contentSha256("0".repeat(64)).send();
    assertThat(tampered.json().getString("code")).isEqualTo("XAmzContentSHA256Mismatch");
  }

  @Test
  void unknownNames_are404() {
    assertThat(root.get(ACCOUNTS + "/nobody").json().getString("code")).isEqualTo("NoSuchAccount");
    assertThat(root.delete(ACCOUNTS + "/nobody").status()).isEqualTo(404);
    assertThat(root.get("/_sluice/admin/v1/nothing").json().getString("code"))
        .isEqualTo("NoSuchCommand");
    assertThat(root.request("GET", "/_sluice/admin/v1/nothing").unsigned().send().status())
        .isEqualTo(403);
  }

  @Test
  void statusAndRoutesOfOthers_areServed() {
    JsonObject status = root.get("/_sluice/admin/v1/status").json();
    assertThat(status.getJsonObject("requests").getInteger("limit"))
        .isEqualTo(new GatewayOptions().requestsMax());
    Answer started = root.request("POST", "/_sluice/admin/v1/gc/start").send();
    assertThat(started.status()).isEqualTo(202);
    assertThat(started.json().getString("started")).isEqualTo("start");
  }
}
