package recording

func recordingChild(string) {}
