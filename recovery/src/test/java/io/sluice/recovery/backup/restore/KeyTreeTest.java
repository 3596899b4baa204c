package io.sluice.recovery.backup.restore;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Where keys lie as files: all apart, none outside, none where another needs a directory. */
class KeyTreeTest {
  private final PathNames names = new PathNames(StandardCharsets.UTF_8);

  private List<String> paths(String... keys) {
    KeyTree tree = new KeyTree(names);
    return Stream.of(keys)
        .map(ByteString::copyFromUtf8)
        .map(key -> String.join("/", tree.next(key)))
        .toList();
  }

  @Test
  void ordinaryKeys_areTheirOwnPaths() {
    assertThat(paths("2026/a b.jpg", "a+b=c&d", "é/ü.txt", "日本/語"))
        .containsExactly("2026/a b.jpg", "a+b=c&d", "é/ü.txt", "日本/語");
  }

  @Test
  void keysThatAreNoPaths_areEscaped() {
    assertThat(paths("")).containsExactly("%");
    assertThat(paths("/etc/passwd")).containsExactly("%/etc/passwd");
    assertThat(paths("../../x", "./y", "a/..", "a/../b", "a/...", "b/"))
        .containsExactly("%2E%2E/%2E%2E/x", "%2E/y", "a/%2E%2E", "a/%2E%2E%2F/b", "a/...", "b/%");
    assertThat(paths("100%", "a//b", "line\nbreak", "nul\0"))
        .containsExactly("100%25", "a/%/b", "line%0Abreak", "nul%00");
  }

  @Test
  void keyThatIsADirectoryToo_keepsItsName() {
    assertThat(paths("a", "a-b", "a/", "a/b", "a/b/c", "a0"))
        .containsExactly("a", "a-b", "a%2F/%", "a%2F/b", "a%2F/b%2F/c", "a0");
    assertThat(paths(".", ".a", "./b")).containsExactly("%2E", ".a", "%2E%2F/b");
  }

  @Test
  void keyOfOtherBytes_isEscapedByByte() {
    KeyTree tree = new KeyTree(names);
    byte[] key = {'a', (byte) 0xc3, '/', (byte) 0xc3, (byte) 0xa9};
    assertThat(tree.next(ByteString.copyFrom(key))).containsExactly("a%C3", "é");
  }

  @Test
  void longNames_areCutIntoDirectories() {
    String key = "x".repeat(1000);
    List<String> path = new KeyTree(names).next(ByteString.copyFromUtf8(key));
    assertThat(path).hasSize(4).allMatch(name -> name.length() <= 255);
    assertThat(String.join("", path).replace("%", "")).isEqualTo(key);
    List<String> wide = new KeyTree(names).next(ByteString.copyFromUtf8("語".repeat(300)));
    assertThat(wide).allMatch(name -> name.getBytes(StandardCharsets.UTF_8).length <= 255);
  }

  @Test
  void systemWithoutUnicode_escapesIt() {
    KeyTree tree = new KeyTree(new PathNames(StandardCharsets.US_ASCII));
    assertThat(tree.next(ByteString.copyFromUtf8("é/a"))).containsExactly("%C3%A9", "a");
  }

  @Property(tries = 300)
  void anyKeys_allApart_noneOutside_noneAlsoADirectory(@ForAll Random random) {
    String alphabet = "a./%-2E\u00e9F";
    TreeSet<ByteString> keys = new TreeSet<>(ByteString.unsignedLexicographicalComparator());
    for (int i = 0; i < 200; i++) {
      StringBuilder key = new StringBuilder();
      int length = random.nextInt(20) == 0 ? 300 + random.nextInt(500) : 1 + random.nextInt(8);
      for (int j = 0; j < length; j++) {
        key.append(length > 100 ? 'a' : alphabet.charAt(random.nextInt(alphabet.length())));
      }
      ByteString bytes = ByteString.copyFromUtf8(key.toString());
      keys.add(random.nextInt(10) == 0 ? bytes.concat(ByteString.fromHex("c3")) : bytes);
    }
    KeyTree tree = new KeyTree(names);
    Set<String> files = new HashSet<>();
    Set<String> directories = new HashSet<>();
    for (ByteString key : keys) {
      List<String> path = new ArrayList<>(tree.next(key));
      assertThat(path)
          .allMatch(
              name ->
                  !name.isEmpty()
                      && !name.equals(".")
                      && !name.equals("..")
                      && name.indexOf('/') < 0
                      && name.getBytes(StandardCharsets.UTF_8).length <= 255);
      assertThat(files.add(String.join("/", path))).isTrue();
      for (int i = 1; i < path.size(); i++) {
        directories.add(String.join("/", path.subList(0, i)));
      }
    }
    files.retainAll(directories);
    assertThat(files).isEmpty();
  }
}
