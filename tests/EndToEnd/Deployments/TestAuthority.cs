using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Recording.EndToEnd.Deployments;

/// <summary>A certificate authority of a test's own, for 127.0.0.1.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _folder;
    private readonly string _name;
    private byte _serial;

    public TestAuthority(string folder, string name)
    {
        _folder = folder;
        _name = name;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Certificate = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        Path = System.IO.Path.Combine(folder, name + ".pem");
        File.WriteAllText(Path, Certificate.ExportCertificatePem());
    }

    /// <summary>What others trust.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The same as a PEM file.</summary>
    public string Path { get; }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>A certificate with its key, also as two PEM files.</summary>
    public (X509Certificate2 Certificate, string CertificatePath, string KeyPath) Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = request.Create(Certificate, Now.AddHours(-1), Now.AddHours(1), [1, 2, 3, ++_serial]);
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);
        string certificatePath = System.IO.Path.Combine(_folder, $"{_name}-{name}.pem");
        string keyPath = System.IO.Path.Combine(_folder, $"{_name}-{name}-key.pem");
        File.WriteAllText(certificatePath, issued.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null), certificatePath, keyPath);
    }

    public void Dispose() => Certificate.Dispose();
}
