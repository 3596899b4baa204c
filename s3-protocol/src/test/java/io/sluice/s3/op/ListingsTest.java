package io.sluice.s3.op;

import static io.sluice.s3.S3Errors.codeOf;
import static io.sluice.s3.SentRequest.get;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumType;
import java.net.URLDecoder;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListingsTest {
  private static final Instant TIME = Instant.parse("2026-11-21T10:00:00Z");
  private static final Owner OWNER = new Owner("id1", "root");

  private static ListObjectsInput v1(String query) {
    return ListObjectsInput.decode(get("/b" + query).routed(), get("/b" + query));
  }

  private static ListObjectsV2Input v2(String query) {
    String target = "/b?list-type=2" + query;
    return ListObjectsV2Input.decode(get(target).routed(), get(target));
  }

  private static ListObjectVersionsInput versions(String query) {
    String target = "/b?versions" + query;
    return ListObjectVersionsInput.decode(get(target).routed(), get(target));
  }

  private static ListedObject object(String key) {
    return new ListedObject(key, TIME, "e", 3, "STANDARD", null, null);
  }

  @Test
  void listObjects_parameters_areRead() {
    assertThat(v1("")).isEqualTo(new ListObjectsInput("b", "", null, "", 1000, false));
    assertThat(v1("?prefix=a+b&delimiter=/&marker=m&max-keys=5000&encoding-type=url"))
        .isEqualTo(new ListObjectsInput("b", "a b", "/", "m", 1000, true));
    assertThat(v1("?max-keys=0&delimiter=").maxKeys()).isZero();
    assertThat(v1("?max-keys=0&delimiter=").delimiter()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"max-keys=x", "max-keys=-1", "max-keys=99999999999", "encoding-type=base64"})
  void listObjects_unfitParameter_isInvalidArgument(String query) {
    assertThat(codeOf(() -> v1("?" + query))).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
    assertThat(codeOf(() -> v2("&" + query))).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
    assertThat(codeOf(() -> versions("&" + query))).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void listObjects_truncatedWithDelimiter_namesTheNextMarker() {
    ListObjectsOutput output =
        new ListObjectsOutput(v1("?delimiter=/"), List.of(object("a<b")), List.of("p/"), "p/");
    assertThat(Encoded.body(output.encode()))
        .isEqualTo(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<Name>b</Name><Prefix></Prefix><Marker></Marker><NextMarker>p/</NextMarker>"
                + "<MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><IsTruncated>true</IsTruncated>"
                + "<Contents><Key>a&lt;b</Key><LastModified>2026-11-21T10:00:00.000Z</LastModified>"
                + "<ETag>&quot;e&quot;</ETag><Size>3</Size><StorageClass>STANDARD</StorageClass>"
                + "</Contents><CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>"
                + "</ListBucketResult>");
  }

  @Test
  void listObjects_truncatedWithoutDelimiter_hasNoNextMarker() {
    ListObjectsOutput output = new ListObjectsOutput(v1(""), List.of(object("a")), List.of(), "a");
    assertThat(Encoded.body(output.encode()))
        .contains("<IsTruncated>true</IsTruncated>")
        .doesNotContain("NextMarker");
  }

  /** A client would otherwise have nothing to go on with. */
  @Test
  void listObjects_truncatedWhereItHasNoKey_namesTheNextMarker() {
    ListObjectsOutput output = new ListObjectsOutput(v1(""), List.of(), List.of(), "k");
    assertThat(Encoded.body(output.encode())).contains("<NextMarker>k</NextMarker>");
  }

  @Test
  void listObjectsV2_nextPage_beginsBehindTheLastKey() {
    ListObjectsV2Input first = v2("&start-after=a&fetch-owner=true&max-keys=1");
    assertThat(first.after()).isEqualTo("a");
    assertThat(first.fetchOwner()).isTrue();
    String body =
        Encoded.body(
            new ListObjectsV2Output(first, List.of(object("k/é")), List.of(), "k/é").encode());
    String token = between(body, "<NextContinuationToken>", "</NextContinuationToken>");
    assertThat(body).contains("<KeyCount>1</KeyCount>", "<StartAfter>a</StartAfter>");
    ListObjectsV2Input second = v2("&start-after=z&continuation-token=" + token);
    assertThat(second.after()).isEqualTo("k/é");
    assertThat(Encoded.body(new ListObjectsV2Output(second, List.of(), List.of(), null).encode()))
        .contains("<ContinuationToken>" + token + "</ContinuationToken>")
        .contains("<IsTruncated>false</IsTruncated>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "x", "1%26", "1_w"})
  void listObjectsV2_unfitToken_isInvalidArgument(String token) {
    assertThat(codeOf(() -> v2("&continuation-token=" + token)))
        .isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void listObjectsV2_ownerAndChecksum_areListed() {
    ListedObject object =
        new ListedObject(
            "k",
            TIME,
            "e",
            3,
            "STANDARD",
            new ObjectChecksum(ChecksumAlgorithm.CRC64NVME, "x", ChecksumType.FULL_OBJECT),
            OWNER);
    assertThat(
            Encoded.body(
                new ListObjectsV2Output(v2(""), List.of(object), List.of(), null).encode()))
        .contains(
            "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>"
                + "<ChecksumType>FULL_OBJECT</ChecksumType><Size>3</Size>"
                + "<Owner><ID>id1</ID><DisplayName>root</DisplayName></Owner>");
  }

  @Test
  void listObjectVersions_markers_goTogether() {
    assertThat(versions("&key-marker=k&version-id-marker=v").versionIdMarker()).isEqualTo("v");
    assertThat(codeOf(() -> versions("&version-id-marker=v")))
        .isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
    assertThat(codeOf(() -> versions("&key-marker=k&version-id-marker=")))
        .isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void listObjectVersions_versionsAndMarkers_keepTheirOrder() {
    ListedVersion.Content content = new ListedVersion.Content("e", 3, "STANDARD", null);
    ListObjectVersionsOutput output =
        new ListObjectVersionsOutput(
            versions(""),
            List.of(
                new ListedVersion("k", "v2", true, TIME, OWNER, null),
                new ListedVersion("k", "v1", false, TIME, OWNER, content)),
            List.of(),
            new ListObjectVersionsOutput.Next("k", "v1"));
    assertThat(Encoded.body(output.encode()))
        .contains(
            "<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>",
            "<DeleteMarker><Key>k</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest>"
                + "<LastModified>2026-11-21T10:00:00.000Z</LastModified><Owner><ID>id1</ID>"
                + "<DisplayName>root</DisplayName></Owner></DeleteMarker><Version><Key>k</Key>"
                + "<VersionId>v1</VersionId><IsLatest>false</IsLatest>"
                + "<LastModified>2026-11-21T10:00:00.000Z</LastModified>"
                + "<ETag>&quot;e&quot;</ETag><Size>3</Size>");
  }

  /** What AWS was measured to answer. */
  @ParameterizedTest
  @CsvSource({
    "a b.txt, a+b.txt",
    "a+b.txt, a%2Bb.txt",
    "100%.csv, 100%25.csv",
    "한글/x.txt, %ED%95%9C%EA%B8%80/x.txt",
    "test_file(3).png, test_file%283%29.png",
    "a*-._/~, a*-._/%7E",
  })
  void encodingUrl_keys_areEncodedAsAwsDoes(String key, String encoded) {
    ListObjectsOutput output =
        new ListObjectsOutput(v1("?encoding-type=url"), List.of(object(key)), List.of(key), null);
    assertThat(Encoded.body(output.encode()))
        .contains("<EncodingType>url</EncodingType>")
        .contains("<Key>" + encoded + "</Key>")
        .contains("<CommonPrefixes><Prefix>" + encoded + "</Prefix></CommonPrefixes>");
  }

  @Property(tries = 300)
  void encodingUrl_anyKey_isDecodedByClients(@ForAll String key) {
    String valid = new String(key.getBytes(UTF_8), UTF_8);
    assertThat(URLDecoder.decode(ListingEncoding.encode(valid), UTF_8)).isEqualTo(valid);
  }

  @Property(tries = 300)
  void continuationToken_anyKey_comesBack(@ForAll String key) {
    String valid = new String(key.getBytes(UTF_8), UTF_8);
    if (!valid.isEmpty()) {
      assertThat(ContinuationToken.decode(ContinuationToken.encode(valid))).isEqualTo(valid);
    }
  }

  private static String between(String text, String start, String end) {
    int from = text.indexOf(start) + start.length();
    return text.substring(from, text.indexOf(end, from));
  }
}
