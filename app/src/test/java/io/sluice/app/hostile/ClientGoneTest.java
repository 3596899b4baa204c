package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.auth.PayloadSigning.Kind;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that leave in the middle; what they held is free again: see {@link HostileTest}. */
class ClientGoneTest extends HostileTest {
  private static final byte[] LARGE = bytes(9 << 20);

  enum Leave {
    CLOSE,
    RESET;

    void from(RawConnection connection) {
      if (this == CLOSE) {
        connection.close();
      } else {
        connection.reset();
      }
    }
  }

  private void sendPart(S3Request request, int bodyBytes, Leave leave) {
    byte[] all = request.bytes(SERVER.endpoint());
    int head = all.length - LARGE.length;
    RawConnection connection = SERVER.connect();
    connection.send(Arrays.copyOf(all, head + bodyBytes));
    leave.from(connection);
  }

  @ParameterizedTest
  @EnumSource
  void putObject_clientGoneInBody_storesNothing(Leave leave) {
    S3Request request = S3Request.put(object("k"), LARGE).contentSha256(S3Request.UNSIGNED);
    for (int sent : new int[] {0, 1, 1 << 20, 5 << 20, LARGE.length - 1}) {
      sendPart(request, sent, leave);
    }
  }

  @ParameterizedTest
  @EnumSource
  void putObject_clientGoneInAwsChunk_storesNothing(Leave leave) {
    S3Request request =
        S3Request.put(object("k"), LARGE).chunked(Kind.STREAMING_SIGNED, 64 * 1024, Map.of());
    byte[] all = request.bytes(SERVER.endpoint());
    for (int sent : new int[] {2000, 100_000, 6 << 20, all.length - 1}) {
      RawConnection connection = SERVER.connect();
      connection.send(Arrays.copyOf(all, sent));
      leave.from(connection);
    }
  }

  @ParameterizedTest
  @EnumSource
  void putObject_clientGoneInBody_keepsTheOld(Leave leave) {
    store("k", bytes(10));
    sendPart(S3Request.put(object("k"), LARGE).contentSha256(S3Request.UNSIGNED), 5 << 20, leave);
    nothingIsHeld();
    assertThat(SERVER.exchange(S3Request.get(object("k"))).body()).isEqualTo(bytes(10));
  }

  @ParameterizedTest
  @EnumSource
  void uploadPart_clientGoneInBody_makesNoPart(Leave leave) {
    RawResponse made = SERVER.exchange(S3Request.of("POST", object("k") + "?uploads"));
    String id = String.valueOf(made.xml("UploadId"));
    uploads.add(id);
    String target = object("k") + "?partNumber=1&uploadId=" + id;
    sendPart(S3Request.put(target, LARGE).contentSha256(S3Request.UNSIGNED), 5 << 20, leave);
    nothingIsHeld();
    RawResponse parts = SERVER.exchange(S3Request.get(object("k") + "?uploadId=" + id));
    assertThat(parts.text()).doesNotContain("<PartNumber>");
  }

  @ParameterizedTest
  @EnumSource
  void getObject_clientGone_isForgotten(Leave leave) {
    store("k", LARGE);
    for (int read : new int[] {0, 1, 10_000, 5 << 20}) {
      RawConnection connection = SERVER.connect();
      connection.send(S3Request.get(object("k")));
      connection.readSome(read);
      leave.from(connection);
    }
    nothingIsHeld();
    assertThat(SERVER.exchange(S3Request.get(object("k"))).body()).isEqualTo(LARGE);
  }

  @ParameterizedTest
  @EnumSource
  void deleteObjects_clientGoneInDocument_deletesNothing(Leave leave) {
    store("k", bytes(10));
    String document = "<Delete><Object><Key>k</Key></Object></Delete>";
    byte[] all =
        S3Request.post("/" + bucket + "?delete", document).withMd5().bytes(SERVER.endpoint());
    RawConnection connection = SERVER.connect();
    connection.send(Arrays.copyOf(all, all.length - 1));
    leave.from(connection);
  }

  @ParameterizedTest
  @EnumSource
  void anyRequest_clientGoneInHead_isForgotten(Leave leave) {
    byte[] all = S3Request.put(object("k"), bytes(10)).bytes(SERVER.endpoint());
    for (int sent : new int[] {1, 10, 100}) {
      RawConnection connection = SERVER.connect();
      connection.send(Arrays.copyOf(all, sent));
      leave.from(connection);
    }
  }

  @Test
  void putObject_clientGoneRightAfterBody_isAllOrNothing() {
    byte[] body = bytes(CHUNKED_BYTES);
    byte[] all = S3Request.put(object("k"), body).bytes(SERVER.endpoint());
    RawConnection connection = SERVER.connect();
    connection.send(all);
    connection.reset();
    nothingIsHeld();
    RawResponse response = SERVER.exchange(S3Request.get(object("k")));
    if (response.status() == 200) {
      assertThat(response.body()).isEqualTo(body);
      stored.add("k");
    } else {
      assertError(response, 404, "NoSuchKey");
    }
  }
}
