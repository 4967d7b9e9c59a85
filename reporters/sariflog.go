package reporters

// The part of a SARIF 2.1.0 log that stanch writes, named as the standard names it
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool                     sarifTool             `json:"tool"`
		AutomationDetails        *sarifAutomation      `json:"automationDetails,omitempty"`
		Invocations              []sarifInvocation     `json:"invocations"`
		VersionControlProvenance []sarifVersionControl `json:"versionControlProvenance,omitempty"`
		ColumnKind               string                `json:"columnKind"`
		Properties               *sarifRunProperties   `json:"properties,omitempty"`
		Results                  []struct{}            `json:"results"` // written one by one
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string            `json:"name"`
		Version        string            `json:"version,omitempty"`
		InformationURI string            `json:"informationUri,omitempty"`
		Rules          []sarifRule       `json:"rules"`
		Notifications  []sarifDescriptor `json:"notifications,omitempty"`
	}
	sarifRule struct {
		ID                   string              `json:"id"`
		Name                 string              `json:"name,omitempty"`
		ShortDescription     sarifText           `json:"shortDescription"`
		FullDescription      sarifText           `json:"fullDescription"`
		Help                 sarifText           `json:"help"`
		HelpURI              string              `json:"helpUri,omitempty"`
		DefaultConfiguration sarifConfiguration  `json:"defaultConfiguration"`
		Properties           sarifRuleProperties `json:"properties"`
	}
	sarifDescriptor struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifRuleProperties struct {
		Tags             []string `json:"tags"`
		Precision        string   `json:"precision"`
		SecuritySeverity string   `json:"security-severity"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifInvocation struct {
		ExecutionSuccessful        bool                `json:"executionSuccessful"`
		ExitCode                   *int                `json:"exitCode,omitempty"`
		StartTimeUTC               string              `json:"startTimeUtc,omitempty"`
		EndTimeUTC                 string              `json:"endTimeUtc,omitempty"`
		ToolExecutionNotifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Descriptor sarifReference  `json:"descriptor"`
		Level      string          `json:"level"`
		Message    sarifText       `json:"message"`
		Locations  []sarifLocation `json:"locations,omitempty"`
	}
	sarifReference struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
	}
	sarifVersionControl struct {
		RepositoryURI string                 `json:"repositoryUri"`
		RevisionID    string                 `json:"revisionId,omitempty"`
		Branch        string                 `json:"branch,omitempty"`
		MappedTo      *sarifArtifactLocation `json:"mappedTo,omitempty"`
	}
	sarifRunProperties struct {
		Targets []string `json:"targets,omitempty"`
		Files   int64    `json:"files,omitempty"`
		Bytes   int64    `json:"bytes,omitempty"`
		Rules   int      `json:"rules,omitempty"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		// RelatedLocations are unique by their ids.
		RelatedLocations    []sarifLocation       `json:"relatedLocations,omitempty"`
		Fingerprints        map[string]string     `json:"fingerprints"`
		PartialFingerprints map[string]string     `json:"partialFingerprints"`
		BaselineState       string                `json:"baselineState,omitempty"`
		Suppressions        *[]sarifSuppression   `json:"suppressions,omitempty"`
		Rank                float64               `json:"rank"`
		Properties          sarifResultProperties `json:"properties"`
	}
	sarifLocation struct {
		ID               int                    `json:"id,omitempty"`
		PhysicalLocation sarifPhysicalLocation  `json:"physicalLocation"`
		LogicalLocations []sarifLogicalLocation `json:"logicalLocations,omitempty"`
		Message          *sarifText             `json:"message,omitempty"`
		part             bool
	}
	sarifPhysicalLocation struct {
		ArtifactLocation sarifArtifactLocation `json:"artifactLocation"`
		Region           *sarifRegion          `json:"region,omitempty"`
	}
	sarifArtifactLocation struct {
		URI       string `json:"uri,omitempty"`
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifLogicalLocation struct {
		Name               string `json:"name"`
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
	sarifSuppression struct {
		Kind          string                      `json:"kind"`
		Status        string                      `json:"status"`
		Justification string                      `json:"justification,omitempty"`
		Properties    *sarifSuppressionProperties `json:"properties,omitempty"`
	}
	sarifSuppressionProperties struct {
		Owner   string `json:"owner,omitempty"`
		Expires string `json:"expires,omitempty"`
	}
	// sarifResultProperties is what SARIF has no field for.
	sarifResultProperties struct {
		Provider        string             `json:"provider"`
		Severity        string             `json:"severity"`
		Confidence      float64            `json:"confidence"`
		ConfidenceLevel string             `json:"confidenceLevel"`
		Reasons         []string           `json:"reasons,omitempty"`
		Redacted        string             `json:"redacted"`
		Secret          string             `json:"secret,omitempty"`
		Parts           []sarifPart        `json:"parts,omitempty"`
		Places          int                `json:"places"`
		Members         []string           `json:"members,omitempty"`
		Region          *sarifRegion       `json:"regionInMember,omitempty"`
		Decoding        []string           `json:"decoding,omitempty"`
		Commit          string             `json:"commit,omitempty"`
		Author          string             `json:"author,omitempty"`
		Email           string             `json:"email,omitempty"`
		Date            string             `json:"date,omitempty"`
		Job             string             `json:"job,omitempty"`
		Step            string             `json:"step,omitempty"`
		URL             string             `json:"url,omitempty"`
		Verification    *sarifVerification `json:"verification,omitempty"`
	}
	sarifPart struct {
		Name     string `json:"name"`
		Value    string `json:"value,omitempty"`
		Redacted string `json:"redacted,omitempty"`
		Secret   string `json:"secret,omitempty"`
	}
	sarifVerification struct {
		State    string   `json:"state"`
		Reason   string   `json:"reason,omitempty"`
		Checked  string   `json:"checked,omitempty"`
		Owner    string   `json:"owner,omitempty"`
		Account  string   `json:"account,omitempty"`
		Scopes   []string `json:"scopes,omitempty"`
		Created  string   `json:"created,omitempty"`
		Expires  string   `json:"expires,omitempty"`
		LastUsed string   `json:"lastUsed,omitempty"`
	}
)
