package io.sluice.cluster.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.NodeHint;
import io.vertx.core.buffer.Buffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HintBytesTest {
  @Test
  void read_whatWasWritten_isTheSame() {
    NodeHint hint = hint().addDisks(disk("d1")).build();
    assertThat(HintBytes.read(HintBytes.write(hint))).isEqualTo(hint);
  }

  @Test
  void read_anotherType_isNone() {
    assertThat(HintBytes.read("text")).isNull();
    assertThat(HintBytes.read(null)).isNull();
  }

  @Test
  void read_tooLarge_isNone() {
    assertThat(HintBytes.read(Buffer.buffer(new byte[HintBytes.SIZE_MAX + 1]))).isNull();
  }

  @Test
  void read_truncatedAnywhere_neverFails() {
    byte[] bytes = hint().addDisks(disk("d1")).build().toByteArray();
    for (int length = 0; length < bytes.length; length++) {
      HintBytes.read(Buffer.buffer(bytes).slice(0, length));
    }
  }

  @Test
  void read_randomBytes_neverFails() {
    Random random = new Random(42);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      HintBytes.read(Buffer.buffer(bytes));
    }
  }

  @Test
  void read_absurdFields_isNone() {
    assertNone(hint().setName(""));
    assertNone(hint().setName("a b"));
    assertNone(hint().setName("n".repeat(64)));
    assertNone(hint().setName("../etc"));
    assertNone(hint().setIncarnation(""));
    assertNone(hint().setIncarnation("a\nb"));
    assertNone(hint().setInternalAddress(""));
    assertNone(hint().setInternalAddress("host"));
    assertNone(hint().setInternalAddress("host:0"));
    assertNone(hint().setInternalAddress("ho\nst:1"));
    assertNone(hint().setInternalAddress("http://host:1"));
    assertNone(hint().setInternalAddress("::1:1"));
    assertNone(hint().setInternalAddress("host:65536"));
    assertNone(hint().setRaftAddress("host:x"));
    assertNone(hint().setZone("z".repeat(256)));
    assertNone(hint().setSequence(0));
    assertNone(hint().setSequence(-1));
    assertNone(hint().setClusterRevision(-1));
    assertNone(hint().addDisks(disk("")));
    assertNone(hint().addDisks(disk("d").toBuilder().setFreeBytes(2_000)));
    assertNone(hint().addDisks(disk("d").toBuilder().setBytesInFlight(-1)));
    NodeHint.Builder manyDisks = hint();
    for (int i = 0; i <= HintBytes.DISKS_MAX; i++) {
      manyDisks.addDisks(disk("d" + i));
    }
    assertNone(manyDisks);
  }

  @Test
  void read_ipv6Address_isTaken() {
    assertThat(HintBytes.read(HintBytes.write(hint().setInternalAddress("[::1]:7000").build())))
        .isNotNull();
  }

  private static void assertNone(NodeHint.Builder hint) {
    assertThat(HintBytes.read(HintBytes.write(hint.build()))).as("%s", hint).isNull();
  }

  private static NodeHint.Builder hint() {
    return NodeHint.newBuilder()
        .setName("n1")
        .setIncarnation("i1")
        .setInternalAddress("127.0.0.1:7001")
        .setSequence(1);
  }

  private static DiskHint disk(String id) {
    return DiskHint.newBuilder().setId(id).setCapacityBytes(1_000).setFreeBytes(10).build();
  }
}
