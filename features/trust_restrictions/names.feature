@guide:ech-other-organization @model:certificate
Feature: Names that trust restrictions look at
  A trust file takes effect only on certificates that carry a name of the kind that it looks at: by default an otherName in
  the subject alternative name.

  Scenario: The remote certificate carries no name
    Given a local and a remote cluster with one certificate authority for everything
    And the local cluster's transport certificate "carries the name instance-0000000000.node.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cluster.1111111111.account"
    And the local cluster trusts only certificates that carry
      | *.node.*.cluster.1111111111.account |
      | *.node.*.cluster.2222222222.account |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-certificate-carries-no-name"

  Scenario: The local certificate carries no name
    Given a local and a remote cluster with one certificate authority for everything
    And the remote cluster's transport certificate "carries the name instance-0000000000.node.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cluster.2222222222.account"
    And the remote cluster trusts only certificates that carry
      | *.node.*.cluster.2222222222.account |
      | *.node.*.cluster.1111111111.account |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "local-certificate-carries-no-name"

  Scenario: Trust restrictions can look at DNS names
    Given a local and a remote cluster with one certificate authority for everything
    And the remote cluster's transport certificate "names only node1.partner.example"
    And the local cluster has the setting "xpack.security.transport.ssl.trust_restrictions.x509_fields" with the value "[subjectAltName.dnsName]"
    And the local cluster trusts only certificates that carry
      | *.partner.example |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: Trust restrictions that look at DNS names see no otherName
    Given a local and a remote cluster with one certificate authority for everything
    And the remote cluster's transport certificate "carries the name node1.partner.example"
    And the local cluster has the setting "xpack.security.transport.ssl.trust_restrictions.x509_fields" with the value "[subjectAltName.dnsName]"
    And the local cluster trusts only certificates that carry
      | *.partner.example |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "local-trust-leaves-the-remote-cluster-out"
