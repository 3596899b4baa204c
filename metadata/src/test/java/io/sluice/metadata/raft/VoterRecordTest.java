package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.metadata.raft.TestPeers.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a full disk leaves of the small files that Ratis keeps beside its log. */
class VoterRecordTest {
  @TempDir private Path directory;

  @Test
  void open_alone_emptyFiles_goesOn() throws IOException {
    TestNode node = TestNode.open(directory, 2, RaftLimits.DEFAULT);
    node.put(1, "key", "value");
    node.close();
    empty(directory, "raft-meta", "raft-meta.conf");

    try (TestNode again = TestNode.open(directory)) {
      assertThat(again.get(1, "key")).isEqualTo("value");
      again.put(1, "other", "value");
    }
    try (TestNode again = TestNode.open(directory)) {
      assertThat(again.get(1, "other")).isEqualTo("value");
    }
  }

  @Test
  void open_oneOfThree_emptyFiles_votesAgainInALaterTerm() throws IOException {
    try (TestPeers peers = TestPeers.of(directory, 1, "a", "b", "c")) {
      peers.put(0, "key", "value");
      Peer damaged = peers.peers.get("b");
      damaged.close();
      empty(damaged.directory, "raft-meta", "raft-meta.conf");
      damaged.open();
      peers.put(0, "key", "newer");

      Peer other = peers.peers.get("c");
      other.close();
      peers.put(0, "last", "value");
      assertThat(peers.get(0, "key")).isEqualTo("newer");
      Path vote = find(damaged.directory, "raft-meta").get(0);
      assertThat(Files.readString(vote)).containsPattern("term=4294967[0-9]{3}");
    }
  }

  @Test
  void open_allOfThree_emptyFiles_elect() throws IOException {
    try (TestPeers peers = TestPeers.of(directory, 1, "a", "b", "c")) {
      peers.put(0, "key", "value");
      peers.closeAll();
      empty(directory, "raft-meta", "raft-meta.conf");
      for (Peer peer : peers.peers.values()) {
        peer.open();
      }

      peers.put(0, "other", "value");
      assertThat(peers.get(0, "key")).isEqualTo("value");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "#\n", "#\nterm=7\n", "#\nvotedFor=n1\nterm=7", "term=x\nvotedFor=\n"})
  void repair_voteCutShort_isOneThatWasNeverReached(String left) throws IOException {
    Files.writeString(directory.resolve("raft-meta"), left);

    new VoterRecord(directory).repair(70, true);

    assertThat(directory.resolve("raft-meta"))
        .hasContent("term=" + (70 + VoterRecord.TERMS_MAX) + "\nvotedFor=\n");
  }

  /** The first repair's term may have been voted in, and no entry of the log says so. */
  @Test
  void repair_again_isInALaterTermStill() throws IOException {
    VoterRecord voter = new VoterRecord(directory);
    voter.repair(70, true);
    Files.write(directory.resolve("raft-meta"), new byte[0]);

    voter.repair(70, true);

    assertThat(directory.resolve("raft-meta"))
        .hasContent("term=" + (70 + 2 * VoterRecord.TERMS_MAX) + "\nvotedFor=\n");
  }

  @Test
  void repair_wholeVote_isKept() throws IOException {
    Files.writeString(directory.resolve("raft-meta"), "#\n#now\nterm=7\nvotedFor=n1\n");

    new VoterRecord(directory).repair(70, true);

    assertThat(directory.resolve("raft-meta")).hasContent("#\n#now\nterm=7\nvotedFor=n1\n");
  }

  @Test
  void repair_membersNowhere_isRefused() throws IOException {
    Files.createFile(directory.resolve("raft-meta.conf"));

    assertThatThrownBy(() -> new VoterRecord(directory).repair(1, false))
        .isInstanceOf(LogRepair.LogDamaged.class)
        .hasMessageContaining("nothing else says who votes");
  }

  @Test
  void repair_membersInTheLogOnly_areLeftToIt() throws IOException {
    Files.createFile(directory.resolve("raft-meta.conf"));

    new VoterRecord(directory).repair(1, true);

    assertThat(directory.resolve("raft-meta.conf")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void repair_membersOlderThanTheCopy_areRestored(boolean there) throws IOException {
    VoterRecord voter = new VoterRecord(directory);
    Path members = directory.resolve("raft-meta.conf");
    voter.keepMembers(1, 2, RaftConfigurationProto.getDefaultInstance());
    if (there) {
      Files.copy(directory.resolve("raft-meta.conf.copy"), members);
    }
    voter.keepMembers(1, 3, RaftConfigurationProto.getDefaultInstance());

    voter.repair(1, false);

    assertThat(LogEntryProto.parseFrom(Files.readAllBytes(members)).getIndex()).isEqualTo(3);
  }

  private static void empty(Path directory, String... names) throws IOException {
    for (String name : names) {
      List<Path> found = find(directory, name);
      assertThat(found).isNotEmpty();
      for (Path file : found) {
        Files.write(file, new byte[0]);
      }
    }
  }

  private static List<Path> find(Path directory, String name) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.getFileName().toString().equals(name)).toList();
    }
  }
}
