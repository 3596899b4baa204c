package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of buckets and keys, those that are refused and those that only look as if. */
class NameTest extends HostileTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ab",
        "a",
        "x123456789x123456789x123456789x123456789x123456789x123456789x123",
        "Upper",
        "under_score",
        "192.168.0.1",
        "-lead",
        "trail-",
        ".lead",
        "trail.",
        "two..dots",
        "dot.-hyphen",
        "xn--puny",
        "sthree-x",
        "alias-s3alias",
        "lambda--ol-s3",
        "express--x-s3",
        "blank%20blank",
        "colon:",
        "_sluice",
        "..",
        "..%2F..%2Fetc",
        "b%C3%BCcket",
        "semi;colon",
        "a%0Ab",
        "nul%00nul",
      })
  void createBucket_badName_isInvalidBucketName(String name) {
    refused(S3Request.of("PUT", "/" + name), 400, "InvalidBucketName");
    RawResponse buckets = SERVER.exchange(S3Request.get("/"));
    assertThat(buckets.text()).doesNotContain("<Name>" + name + "</Name>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"broken%ff%fe", "half%", "half%2", "half%zz", "sur%ED%A0%80"})
  void createBucket_pathThatIsNoText_isInvalidUri(String name) {
    // Unsigned: a client could not even sign some of these.
    refused(S3Request.of("PUT", "/" + name).anonymous(), 400, "InvalidURI");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Upper", "ab", "no_such", "192.168.0.1"})
  void listObjects_badName_isAClientError(String name) {
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.exchange(S3Request.get("/" + name));
      assertThat(response.xml("Code")).isIn("NoSuchBucket", "InvalidBucketName");
      assertSane(connection, response);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nul%00nul",
        "raw\0nul",
        "%00",
        "%ff",
        "%c3",
        "%c3%28",
        "over%c0%afslash",
        "surrogate%ed%a0%80",
        "beyond%f4%90%80%80",
        "half%",
        "half%4",
        "half%zz"
      })
  void everyObjectOperation_keyThatIsNoText_isInvalidUri(String key) {
    refused(S3Request.put(object(key), bytes(10)).anonymous(), 400, "InvalidURI");
    refused(S3Request.get(object(key)).anonymous(), 400, "InvalidURI");
    refused(S3Request.of("DELETE", object(key)).anonymous(), 400, "InvalidURI");
    refused(S3Request.of("HEAD", object(key)).anonymous(), 400, "InvalidURI");
    refused(S3Request.of("POST", object(key) + "?uploads").anonymous(), 400, "InvalidURI");
  }

  @ParameterizedTest
  @ValueSource(strings = {"prefix=%ff", "prefix=%c3%28", "delimiter=%c3", "start-after=%ff"})
  void listObjectsV2_queryThatIsNoText_isRefused(String query) {
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response =
          connection.exchange(S3Request.get("/" + bucket + "?list-type=2&" + query));
      assertThat(response.status()).as("%s", response).isEqualTo(400);
      assertError(response, 400, String.valueOf(response.xml("Code")));
      assertSane(connection, response);
    }
  }

  @Test
  void putObject_keyOf1025Bytes_isKeyTooLong() {
    RawResponse response =
        refused(S3Request.put(object("x".repeat(1025)), bytes(10)), 400, "KeyTooLongError");
    assertThat(response.xml("MaxSizeAllowed")).isEqualTo("1024");
    assertThat(response.xml("Size")).isEqualTo("1025");
  }

  @Test
  void putObject_keyOf1025BytesIn513Letters_isKeyTooLong() {
    String key = "%C3%A9".repeat(512) + "x";
    refused(S3Request.put(object(key), bytes(10)), 400, "KeyTooLongError");
    refused(S3Request.of("POST", object(key) + "?uploads"), 400, "KeyTooLongError");
  }

  @Test
  void putObject_keyOf1024Bytes_isStored() {
    store("x".repeat(1024), bytes(10));
  }

  @Test
  void copyObject_sourceOf1025Bytes_isRefused() {
    S3Request request =
        S3Request.of("PUT", object("k")).header("x-amz-copy-source", object("x".repeat(1025)));
    refused(request, 400, "KeyTooLongError");
  }

  /** A file system would make fewer files of these, or files elsewhere. */
  @Test
  void putObject_keysThatLookAlike_areKeptApart() {
    Map<String, String> keys = new LinkedHashMap<>();
    List<String> decoded =
        List.of(
            "../k",
            "../../etc/passwd",
            "..",
            ".",
            "./k",
            "k",
            "k/",
            "k//",
            "k/.",
            "k/..",
            "a/../k",
            "/k",
            "//k",
            "/",
            "//",
            "a//b",
            "a/b",
            "a/./b",
            " ",
            "k ",
            " k",
            "+",
            "a+b",
            "a b",
            "%",
            "%2F",
            "a%2Fb",
            "?",
            "k?x",
            "#",
            "&",
            "=",
            "\\",
            "a\\b",
            "~",
            "*",
            "'\"<>&;",
            "\n",
            "\t",
            "\u007f",
            "\u00e9",
            "e\u0301",
            "\u00c9",
            "K",
            "\ufb01",
            "fi",
            "\uD83D\uDE00",
            "\u200b",
            "\ufeff",
            "\u202e",
            "null",
            "con",
            "nul.txt",
            "k:stream");
    for (String key : decoded) {
      keys.put(key, encoded(key));
    }
    try (RawConnection connection = SERVER.connect()) {
      keys.forEach(
          (key, path) -> {
            RawResponse response =
                connection.exchange(S3Request.put(object(path), utf8("<" + key)));
            assertThat(response.status()).as("PUT %s: %s", path, response).isEqualTo(200);
          });
      keys.forEach(
          (key, path) -> {
            RawResponse response = connection.exchange(S3Request.get(object(path)));
            assertThat(response.text()).as("GET %s", path).isEqualTo("<" + key);
          });
      RawResponse listing =
          connection.exchange(S3Request.get("/" + bucket + "?list-type=2&encoding-type=url"));
      List<String> listed = new ArrayList<>();
      for (String key :
          all(java.util.regex.Pattern.compile("<Key>([^<]*)</Key>"), listing.text())) {
        listed.add(java.net.URLDecoder.decode(key, StandardCharsets.UTF_8));
      }
      assertThat(listed).containsExactlyInAnyOrderElementsOf(keys.keySet());
      keys.forEach(
          (key, path) ->
              assertThat(connection.exchange(S3Request.of("DELETE", object(path))).status())
                  .isEqualTo(204));
    }
  }

  /** As a careful client does: all but unreserved letters and the slash are escaped. */
  private static String encoded(String key) {
    StringBuilder out = new StringBuilder();
    for (byte b : utf8(key)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~/".indexOf(c) >= 0;
      out.append(plain ? String.valueOf(c) : String.format("%%%02X", (int) c));
    }
    return out.toString();
  }
}
